#include "base/clock.h"

#include <chrono>
#include <cstdint>

namespace seawall::base {
namespace {

template <class Clock>
std::uint64_t now_us() {
  const auto since = Clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

}  // namespace

std::uint64_t wall_us() {
  return now_us<std::chrono::system_clock>();
}

std::uint64_t monotonic_us() {
  return now_us<std::chrono::steady_clock>();
}

}  // namespace seawall::base
