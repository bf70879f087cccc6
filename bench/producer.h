#pragma once

/// \file
/// A producer with a window: pushes records, and notes when each was pushed and became durable.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "engine.h"
#include "measure.h"
#include "traffic.h"

namespace seawall::bench {

/// Used by one thread. `engine` and `share` outlive it.
class Producer {
 public:
  Producer(Engine& engine, std::size_t in_flight, Traffic::Share& share)
      : pipeline_(engine.pipeline(in_flight)), share_(share) {}

  /// Pushes for `ns`. Returns how many records became durable in that time.
  std::uint64_t run(std::uint64_t ns);

  /// Pushes `records` and waits for the last.
  void run_records(std::uint64_t records);

  void drain() { acknowledge(pipeline_->drain(), now_ns()); }

  /// Latencies from push to durable, and of the pushes themselves.
  [[nodiscard]] const Latencies& until_durable() const { return until_durable_; }
  [[nodiscard]] const Latencies& pushes() const { return pushes_; }
  void forget_latencies();

 private:
  void acknowledge(std::size_t count, std::uint64_t now);

  std::unique_ptr<Pipeline> pipeline_;
  Traffic::Share& share_;
  std::deque<std::uint64_t> pushed_ns_;
  Latencies until_durable_;
  Latencies pushes_;
};

}  // namespace seawall::bench
