#pragma once

#include <cstdint>

#include "seawall/storage_interface.h"

namespace seawall::commit {

/// What the machine's clocks say.
struct MachineTime {
  std::uint64_t wall_us = 0;    ///< Since 1970; jumps when it is set.
  std::uint64_t uptime_us = 0;  ///< Since the machine was started; never jumps, not even between
                                ///< processes. The same as base::monotonic_us.
};

[[nodiscard]] MachineTime machine_time();

/// The clock by which text ids expire (`Options::text_ids_kept_us`). The wall clock may be set, and
/// a step of it must not expire ids, so this one only counts time that has passed for sure:
///
///   while the log is open   the machine's uptime
///   at an open              the time since the last group, as far as it is proven: the smaller of
///                           what the wall clock and what the uptime say, and at most half of the
///                           retention
///
/// A machine that was started again has been up for less time than has passed, so the uptime proves
/// something then, too. Only a log that was moved to another machine whose wall clock is ahead may
/// count time that has not passed; half of the retention is left to it. Never falls.
///
/// Used by one thread at a time.
class RetentionClock {
 public:
  /// `last` is the last group's; without one the clock begins at the wall clock's time, so that its
  /// times can be read.
  RetentionClock(const GroupTime& last, const MachineTime& now, std::uint64_t kept_us);

  /// Returns the time of a group that is issued now.
  [[nodiscard]] GroupTime group_time(const MachineTime& now);

 private:
  std::uint64_t retention_us_;
  std::uint64_t counted_us_;  ///< The uptime up to which `retention_us_` counts.
};

}  // namespace seawall::commit
