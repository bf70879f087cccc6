// Whose the log is, among real processes: races, killed holders, forked children.

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/write_ahead_log.h"

#include "process/child.h"
#include "process/kill_log.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

enum Opened : std::uint8_t { kWon, kLost, kHolderNotNamed, kOther };

/// Two processes that open one log at the same moment. Whoever wins holds on until both know.
class Race {
 public:
  explicit Race(const std::string& base_dir) : base_dir_(base_dir) {
    for (auto& racer : racers_) racer = std::make_unique<Child>([&] { return race(); });
  }

  void start() {
    for (std::size_t i = 0; i < racers_.size(); ++i) start_.signal();
  }

  /// Returns how many won and lost, as exit codes.
  std::array<int, 2> finish() {
    std::array<int, 2> codes{};
    for (std::size_t i = 0; i < racers_.size(); ++i) {
      const Ending ending = racers_.at(i)->wait();
      codes.at(i) = ending.killed ? kOther : ending.code;
    }
    return codes;
  }

 private:
  int race() {
    static_cast<void>(start_.wait());
    const auto log = open_small(base_dir_);
    tried_.signal();
    if (log) {
      for (std::size_t i = 0; i < racers_.size(); ++i) static_cast<void>(tried_.wait());
      return (*log)->persist("c", "won;", ::getpid()) ? kWon : kOther;
    }
    if (log.error().code != Errc::kLocked) return kOther;
    return log.error().message.starts_with("process ") ? kLost : kHolderNotNamed;
  }

  std::string base_dir_;
  Pipe start_;
  Pipe tried_;
  std::array<std::unique_ptr<Child>, 2> racers_;
};

// A loser tries for half a second, so the races run side by side.
TEST(ProcessOpen, OfTwoOpenersOneWinsEachTime) {
  constexpr std::size_t kRounds = 4;
  constexpr std::size_t kRacesPerRound = 25;
  std::size_t won = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::vector<std::unique_ptr<TemporaryDirectory>> directories;
    std::vector<std::unique_ptr<Race>> races;
    for (std::size_t i = 0; i < kRacesPerRound; ++i) {
      directories.push_back(std::make_unique<TemporaryDirectory>());
      races.push_back(std::make_unique<Race>(directories.back()->path()));
    }
    for (const auto& race : races) race->start();
    for (const auto& race : races) {
      std::array<int, 2> codes = race->finish();
      std::ranges::sort(codes);
      EXPECT_EQ(codes, (std::array<int, 2>{kWon, kLost}));
      won += codes.front() == kWon ? 1U : 0U;
    }
  }
  std::cout << "two openers: " << won << " races, one winner each\n";
  EXPECT_EQ(won, kRounds * kRacesPerRound);
}

/// Opens, persists once, says so, and waits to be killed.
int hold(const std::string& base_dir, Pipe& ready) {
  const auto log = open_small(base_dir);
  if (!log || !(*log)->persist("c", "held;", 1)) return 1;
  ready.signal();
  for (;;) ::pause();
}

TEST(ProcessOpen, AKilledHolderNeedsNoManualStep) {
  const TemporaryDirectory directory;
  Pipe ready;
  Child holder([&] { return hold(directory.path(), ready); });
  ASSERT_TRUE(ready.wait());
  const auto refused = open_small(directory.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kLocked);
  EXPECT_TRUE(refused.error().message.contains(std::to_string(holder.pid())));
  holder.kill();
  EXPECT_EQ(holder.wait().code, SIGKILL);
  const auto log = open_small(directory.path());
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ((*log)->retrieve("c").value(), "held;");
  EXPECT_EQ((*log)->persist("c", "held;", 1)->outcome, Outcome::kDuplicate);
}

TEST(ProcessOpen, AForkedChildDoesNotKeepTheLog) {
  const TemporaryDirectory directory;
  Pipe ready;
  Pipe over;
  Child holder([&] {
    const auto log = open_small(directory.path());
    if (!log || !(*log)->persist("c", "held;", 1)) return 1;
    if (::fork() == 0) {
      ready.signal();
      // Lives until the test ends.
      static_cast<void>(over.wait());
      ::_exit(0);
    }
    for (;;) ::pause();
  });
  ASSERT_TRUE(ready.wait());
  holder.kill();
  EXPECT_EQ(holder.wait().code, SIGKILL);
  const auto log = open_small(directory.path());
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ((*log)->retrieve("c").value(), "held;");
}

}  // namespace
}  // namespace seawall::process
