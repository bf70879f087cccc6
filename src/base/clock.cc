#include "base/clock.h"

#include <chrono>
#include <cstdint>

namespace seawall::base {
namespace {

template <class Clock, class Unit>
std::uint64_t now() {
  const auto since = Clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<Unit>(since).count());
}

}  // namespace

std::uint64_t wall_us() {
  return now<std::chrono::system_clock, std::chrono::microseconds>();
}

std::uint64_t monotonic_us() {
  return now<std::chrono::steady_clock, std::chrono::microseconds>();
}

std::uint64_t monotonic_ns() {
  return now<std::chrono::steady_clock, std::chrono::nanoseconds>();
}

}  // namespace seawall::base
