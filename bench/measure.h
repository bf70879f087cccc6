#pragma once

/// \file
/// Clocks, latencies and what is made of them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seawall::bench {

/// Returns monotonic time in nanoseconds.
[[nodiscard]] std::uint64_t now_ns();

/// Returns user and system time of this process so far, in microseconds.
[[nodiscard]] double cpu_us();

/// Returns the resident memory of this process, in bytes, after giving freed heap back.
[[nodiscard]] std::uint64_t resident_bytes();

/// What this process has asked of the kernel so far (/proc/self/io).
struct IoCounters {
  std::uint64_t written_bytes = 0;  ///< Passed to write calls.
  std::uint64_t read_calls = 0;
};
[[nodiscard]] IoCounters io_counters();

[[nodiscard]] double median(std::vector<double> values);

/// Every latency of a run, 4 bytes each, so that percentiles are exact.
class Latencies {
 public:
  /// Adds one latency; over 4.29 s counts as that.
  void add(std::uint64_t ns);
  void merge(const Latencies& other);
  void clear() { ns_.clear(); }
  [[nodiscard]] std::size_t count() const { return ns_.size(); }
  /// Returns the latency in microseconds that a share of `quantile` does not exceed; 0 for none.
  [[nodiscard]] double quantile_us(double quantile) const;

 private:
  std::vector<std::uint32_t> ns_;
};

/// A measured value beside the usual ones; the name ends in its unit.
struct Figure {
  std::string name;
  double value = 0;
};
using Figures = std::vector<Figure>;

/// One run of one cell.
struct Sample {
  double ops_per_s = 0;
  double p50_us = 0;
  double p99_us = 0;
  double cpu_us_per_op = 0;
  Figures figures{};
  std::vector<double>
      disk_mib{};  ///< Disk use over time, kDiskSampleMs apart; `steady_state` only.
};

inline constexpr std::uint64_t kDiskSampleMs = 250;

/// Returns the sample of a run whose `ops` took `ns`.
[[nodiscard]] Sample sample_of(const Latencies& latencies, std::uint64_t ops, std::uint64_t ns,
                               double cpu);

}  // namespace seawall::bench
