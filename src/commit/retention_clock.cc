#include "commit/retention_clock.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "seawall/storage_interface.h"

#include "base/clock.h"

namespace seawall::commit {
namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;

std::uint64_t difference(std::uint64_t later, std::uint64_t earlier) {
  return later > earlier ? later - earlier : 0;
}

// What surely passed between the last group and `now`.
std::uint64_t proven_us(const GroupTime& last, const MachineTime& now) {
  // Only the start of a segment was found of it.
  if (last.uptime_s == 0) return 0;
  // Rounded up when it was written, so that too little is counted rather than too much.
  const std::uint64_t last_uptime_us = last.uptime_s * kSecondUs;
  const bool started_again = now.uptime_us + kSecondUs < last_uptime_us;
  const std::uint64_t uptime_us =
      started_again ? now.uptime_us : difference(now.uptime_us, last_uptime_us);
  return std::min(uptime_us, difference(now.wall_us, last.wall_us));
}

}  // namespace

MachineTime machine_time() {
  return {.wall_us = base::wall_us(), .uptime_us = base::monotonic_us()};
}

RetentionClock::RetentionClock(const GroupTime& last, const MachineTime& now, std::uint64_t kept_us)
    : retention_us_(last.retention_us), counted_us_(now.uptime_us) {
  constexpr std::uint64_t kShareAtOpen = 2;
  if (last.retention_us == 0) {
    retention_us_ = now.wall_us;
  } else {
    retention_us_ += std::min(proven_us(last, now), kept_us / kShareAtOpen);
  }
}

GroupTime RetentionClock::group_time(const MachineTime& now) {
  retention_us_ += difference(now.uptime_us, counted_us_);
  counted_us_ = std::max(counted_us_, now.uptime_us);
  const std::uint64_t uptime_s = (now.uptime_us + kSecondUs - 1) / kSecondUs;
  return {.wall_us = now.wall_us,
          .retention_us = retention_us_,
          .uptime_s = static_cast<std::uint32_t>(
              std::min<std::uint64_t>(uptime_s, std::numeric_limits<std::uint32_t>::max()))};
}

}  // namespace seawall::commit
