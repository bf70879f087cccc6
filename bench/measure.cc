#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine.h"

namespace seawall::bench {
namespace {

constexpr double kUsPerSecond = 1e6;
constexpr double kNsPerUs = 1e3;
constexpr double kNsPerSecond = 1e9;

// NOLINTBEGIN(misc-include-cleaner): timeval and rusage are declared in private headers of glibc
double us_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) * kUsPerSecond + static_cast<double>(time.tv_usec);
}

}  // namespace

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

double cpu_us() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) fail("getrusage");
  return us_of(usage.ru_utime) + us_of(usage.ru_stime);
}
// NOLINTEND(misc-include-cleaner)

std::uint64_t resident_bytes() {
  static_cast<void>(::malloc_trim(0));  // says only whether there was anything to give back
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) fail("/proc/self/statm");
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

IoCounters io_counters() {
  std::ifstream io("/proc/self/io");
  IoCounters counters;
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") counters.written_bytes = value;
    if (name == "syscr:") counters.read_calls = value;
  }
  if (!io.eof()) fail("/proc/self/io");
  return counters;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Latencies::add(std::uint64_t ns) {
  ns_.push_back(static_cast<std::uint32_t>(
      std::min<std::uint64_t>(ns, std::numeric_limits<std::uint32_t>::max())));
}

void Latencies::merge(const Latencies& other) {
  ns_.insert(ns_.end(), other.ns_.begin(), other.ns_.end());
}

double Latencies::quantile_us(double quantile) const {
  if (ns_.empty()) return 0;
  std::vector<std::uint32_t> sorted = ns_;
  const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1));
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(rank);
  std::ranges::nth_element(sorted, place);
  return *place / kNsPerUs;
}

Sample sample_of(const Latencies& latencies, std::uint64_t ops, std::uint64_t ns, double cpu) {
  constexpr double kMedian = 0.5;
  constexpr double kTail = 0.99;
  if (ops == 0 || ns == 0) fail("nothing finished within the time of a cell; use --seconds");
  const auto count = static_cast<double>(ops);
  return {.ops_per_s = count * kNsPerSecond / static_cast<double>(ns),
          .p50_us = latencies.quantile_us(kMedian),
          .p99_us = latencies.quantile_us(kTail),
          .cpu_us_per_op = cpu / count};
}

}  // namespace seawall::bench
