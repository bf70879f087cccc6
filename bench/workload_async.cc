#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "engine.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kVerifiedClients = 200;

/// The producer and the times at which its unacknowledged records were pushed.
class Producer {
 public:
  Producer(Engine& engine, std::size_t in_flight, Traffic::Share& share)
      : pipeline_(engine.pipeline(in_flight)), share_(share) {}

  /// Pushes for `ns`. Returns how many records became durable in that time.
  std::uint64_t run(std::uint64_t ns) {
    const std::uint64_t end_ns = now_ns() + ns;
    std::uint64_t durable = 0;
    for (std::uint64_t now = now_ns(); now < end_ns;) {
      pushed_ns_.push_back(now);
      const std::size_t done = pipeline_->push(share_.next());
      now = now_ns();
      durable += done;
      acknowledge(done, now);
    }
    return durable;
  }

  void drain() { acknowledge(pipeline_->drain(), now_ns()); }

  [[nodiscard]] Latencies& latencies() { return latencies_; }

 private:
  void acknowledge(std::size_t count, std::uint64_t now) {
    for (; count > 0; --count) {
      latencies_.add(now - pushed_ns_.front());
      pushed_ns_.pop_front();
    }
  }

  std::unique_ptr<Pipeline> pipeline_;
  Traffic::Share& share_;
  std::deque<std::uint64_t> pushed_ns_;
  Latencies latencies_;
};

}  // namespace

Sample run_async(Engine& engine, const Cell& cell, const Times& times, bool verify) {
  const Traffic traffic(kClients, cell.value_bytes);
  Traffic::Share share(traffic, 0, 1);
  Producer producer(engine, cell.in_flight, share);
  producer.run(times.warm_up_ns);
  producer.latencies() = {};

  const double cpu_begin = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  const std::uint64_t durable = producer.run(times.run_ns);
  const std::uint64_t took_ns = now_ns() - begin_ns;
  const double cpu = cpu_us() - cpu_begin;
  const Sample sample = sample_of(producer.latencies(), durable, took_ns, cpu);

  producer.drain();
  if (verify) share.verify(engine, kVerifiedClients);
  return sample;
}

}  // namespace seawall::bench
