// The clock by which text ids expire, on machines whose wall clock jumps and that are started
// again.
//
// Shown to fail with the wall clock's time, which is what groups carried before.

#include "commit/retention_clock.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/storage_interface.h"

namespace seawall::commit {
namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;
constexpr std::uint64_t kDayUs = 86'400 * kSecondUs;
constexpr std::uint64_t kKeptUs = 7 * kDayUs;

MachineTime later(const MachineTime& time, std::uint64_t us) {
  return {.wall_us = time.wall_us + us, .uptime_us = time.uptime_us + us};
}

/// A machine, its clocks and the real time, which no log knows.
struct Machine {
  std::uint64_t real_us = 0;
  MachineTime time{.wall_us = 1'700'000'000 * kSecondUs, .uptime_us = 5 * kSecondUs};

  void pass(std::uint64_t us) {
    real_us += us;
    time = later(time, us);
  }
  void jump(std::int64_t us) { time.wall_us += static_cast<std::uint64_t>(us); }
  void start_again(std::uint64_t off_us) {
    pass(off_us);
    time.uptime_us = 0;
  }
};

struct Commit {
  std::uint64_t real_us;
  std::uint64_t retention_us;
};

// As the log decides: an id whose group's time is before the last group's less the retention.
bool is_expired(const Commit& commit, const GroupTime& last) {
  return last.retention_us > kKeptUs && commit.retention_us < last.retention_us - kKeptUs;
}

RC_GTEST_PROP(RetentionClock, NeverExpiresAnIdEarly, ()) {
  Machine machine;
  GroupTime last;
  RetentionClock clock(last, machine.time, kKeptUs);
  std::vector<Commit> commits;
  const auto steps = *rc::gen::inRange(1, 80);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        machine.pass(*rc::gen::inRange<std::uint64_t>(0, 3 * kDayUs));
        break;
      case 1:
        machine.jump(*rc::gen::inRange<std::int64_t>(-4'000 * static_cast<std::int64_t>(kDayUs),
                                                     4'000 * static_cast<std::int64_t>(kDayUs)));
        break;
      case 2:
        clock = RetentionClock(last, machine.time, kKeptUs);
        break;
      case 3:
        machine.start_again(*rc::gen::inRange<std::uint64_t>(0, 3 * kDayUs));
        machine.pass(*rc::gen::inRange<std::uint64_t>(0, 2 * kSecondUs));
        clock = RetentionClock(last, machine.time, kKeptUs);
        break;
      default: {
        const GroupTime time = clock.group_time(machine.time);
        RC_ASSERT(time.retention_us >= last.retention_us);
        last = time;
        commits.push_back({machine.real_us, time.retention_us});
        for (const Commit& commit : commits) {
          if (is_expired(commit, last)) RC_ASSERT(machine.real_us - commit.real_us > kKeptUs);
        }
      }
    }
  }
}

// It does expire: while the log is open to the microsecond, ...
TEST(RetentionClock, CountsTheTimeThatTheLogIsOpen) {
  const MachineTime now{.wall_us = 1'000 * kDayUs, .uptime_us = kDayUs};
  RetentionClock clock({}, now, kKeptUs);
  EXPECT_EQ(clock.group_time(now).retention_us, now.wall_us);
  EXPECT_EQ(clock.group_time(later(now, 3 * kDayUs)).retention_us, now.wall_us + 3 * kDayUs);
}

// ... and while it is closed, up to half of the retention at a time.
TEST(RetentionClock, CountsAtMostHalfOfTheRetentionAtAnOpen) {
  const GroupTime last{.wall_us = 1'000 * kDayUs, .retention_us = 50 * kDayUs, .uptime_s = 100};
  const MachineTime then{.wall_us = last.wall_us, .uptime_us = 100 * kSecondUs};
  const auto opened_after = [&](std::uint64_t us) {
    const MachineTime now = later(then, us);
    return RetentionClock(last, now, kKeptUs).group_time(now).retention_us - last.retention_us;
  };
  EXPECT_EQ(opened_after(0), 0U);
  EXPECT_EQ(opened_after(2 * kDayUs), 2 * kDayUs);
  EXPECT_EQ(opened_after(30 * kDayUs), kKeptUs / 2);
}

// A log on another machine, which has been up for long and whose wall clock is years ahead.
TEST(RetentionClock, LeavesHalfOfTheRetentionToALogThatWasMoved) {
  const GroupTime last{.wall_us = 1'000 * kDayUs, .retention_us = 50 * kDayUs, .uptime_s = 100};
  const MachineTime now{.wall_us = 9'000 * kDayUs, .uptime_us = 900 * kDayUs};
  EXPECT_EQ(RetentionClock(last, now, kKeptUs).group_time(now).retention_us,
            last.retention_us + kKeptUs / 2);
}

// Only the start of a segment was found of the last group: nothing is proven.
TEST(RetentionClock, CountsNothingFromAnUnknownTime) {
  const GroupTime last{.wall_us = 0, .retention_us = 50 * kDayUs, .uptime_s = 0};
  const MachineTime now{.wall_us = 9'000 * kDayUs, .uptime_us = 900 * kDayUs};
  EXPECT_EQ(RetentionClock(last, now, kKeptUs).group_time(now).retention_us, last.retention_us);
}

}  // namespace
}  // namespace seawall::commit
