#include "producer.h"

#include <cstddef>
#include <cstdint>

#include "measure.h"

namespace seawall::bench {

std::uint64_t Producer::run(std::uint64_t ns) {
  const std::uint64_t end_ns = now_ns() + ns;
  std::uint64_t durable = 0;
  for (std::uint64_t now = now_ns(); now < end_ns;) {
    pushed_ns_.push_back(now);
    const std::size_t done = pipeline_->push(share_.next());
    const std::uint64_t after = now_ns();
    pushes_.add(after - now);
    now = after;
    durable += done;
    acknowledge(done, now);
  }
  return durable;
}

void Producer::run_records(std::uint64_t records) {
  for (; records > 0; --records) {
    pushed_ns_.push_back(now_ns());
    acknowledge(pipeline_->push(share_.next()), now_ns());
  }
  drain();
}

void Producer::forget_latencies() {
  until_durable_.clear();
  pushes_.clear();
}

void Producer::acknowledge(std::size_t count, std::uint64_t now) {
  for (; count > 0; --count) {
    until_durable_.add(now - pushed_ns_.front());
    pushed_ns_.pop_front();
  }
}

}  // namespace seawall::bench
