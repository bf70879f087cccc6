#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kVerifiedClients = 100;  // of each caller

/// One calling thread. Warm-up and measurement are told apart by the clock alone.
class Caller {
 public:
  Caller(Engine& engine, Traffic::Share share) : engine_(engine), share_(share) {}

  void run(std::uint64_t begin_ns, std::uint64_t end_ns) {
    for (std::uint64_t before = now_ns(); before < end_ns;) {
      engine_.persist(share_.next());
      const std::uint64_t after = now_ns();
      if (before >= begin_ns && after <= end_ns) latencies_.add(after - before);
      before = after;
    }
  }

  [[nodiscard]] const Latencies& latencies() const { return latencies_; }
  void verify(std::size_t samples) const { share_.verify(engine_, samples); }

 private:
  Engine& engine_;
  Traffic::Share share_;
  Latencies latencies_;
};

}  // namespace

Sample run_durable_persist(Engine& engine, const Cell& cell, const Times& times, bool verify) {
  const Traffic traffic(kClients, cell.value_bytes);
  std::vector<Caller> callers;
  callers.reserve(cell.threads);
  for (std::size_t thread = 0; thread < cell.threads; ++thread)
    callers.emplace_back(engine, Traffic::Share(traffic, thread, cell.threads));

  const std::uint64_t begin_ns = now_ns() + times.warm_up_ns;
  const std::uint64_t end_ns = begin_ns + times.run_ns;
  double cpu = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(cell.threads);
    for (Caller& caller : callers)
      threads.emplace_back([&caller, begin_ns, end_ns] { caller.run(begin_ns, end_ns); });
    std::this_thread::sleep_for(std::chrono::nanoseconds(times.warm_up_ns));
    const double cpu_begin = cpu_us();
    std::this_thread::sleep_for(std::chrono::nanoseconds(times.run_ns));
    cpu = cpu_us() - cpu_begin;
  }

  Latencies latencies;
  for (const Caller& caller : callers) {
    latencies.merge(caller.latencies());
    if (verify) caller.verify(kVerifiedClients);
  }
  return sample_of(latencies, latencies.count(), times.run_ns, cpu);
}

}  // namespace seawall::bench
