// Descriptors are bounded however often a process died before its first checkpoint, and running out
// of them ends nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "process/child.h"
#include "process/kill_log.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

bool limit_descriptors(rlim_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = count;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

std::string describe(const Error& error) {
  return error.code == Errc::kExhausted ? "exhausted" : to_string(error);
}

/// Takes all descriptors but `left` until destroyed.
class Hoard {
 public:
  explicit Hoard(int left) {
    for (int taken = ::open("/dev/null", O_RDONLY | O_CLOEXEC); taken >= 0;
         taken = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
      taken_.push_back(taken);
    }
    for (; left > 0 && !taken_.empty(); --left) give_back();
  }
  Hoard(const Hoard&) = delete;
  Hoard& operator=(const Hoard&) = delete;
  ~Hoard() {
    while (!taken_.empty()) give_back();
  }

 private:
  void give_back() {
    ::close(taken_.back());
    taken_.pop_back();
  }
  std::vector<int> taken_;
};

// Each life ends right after its first record, before anything is checkpointed.
TEST(ProcessDescriptors, AreBoundedHoweverManyLivesEndedEarly) {
  constexpr rlim_t kDescriptors = 40;
  constexpr std::uint64_t kLives = 120;
  const TemporaryDirectory directory;
  std::size_t most = 0;
  for (std::uint64_t life = 1; life <= kLives; ++life) {
    Child child([&] {
      if (!limit_descriptors(kDescriptors)) return 1;
      const auto log = open_small(directory.path());
      if (!log) {
        std::cerr << to_string(log.error()) << "\n";
        return 2;
      }
      const auto receipt = (*log)->persist("client", "x;", life);
      if (!receipt) return 3;
      // Without destructors, as a killed process ends.
      ::_exit(0);
    });
    const Ending ending = child.wait();
    ASSERT_EQ(ending.code, 0) << "life " << life;
    std::size_t segments = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(directory.path() + "/" + kService)) {
      segments += file.path().filename().string().starts_with("segment-") ? 1U : 0U;
    }
    most = std::max(most, segments);
  }
  std::cout << kLives << " lives, at most " << most << " segments\n";
  EXPECT_LE(most, 24U);
  const auto log = open_small(directory.path());
  ASSERT_TRUE(log) << to_string(log.error());
  for (std::uint64_t id = 1; id <= kLives; ++id) {
    EXPECT_TRUE((*log)->seen("client", id).value_or(false)) << id;
  }
}

// However few are left: a call that needs one says so before anything is written, and the next one
// goes on when there are some.
TEST(ProcessDescriptors, RunningOutOfThemEndsNothing) {
  const TemporaryDirectory directory;
  Child child([&] {
    if (!limit_descriptors(64)) return 1;
    std::uint64_t id = 0;
    for (int left = 0; left < 12; ++left) {
      {
        const Hoard hoard(left);
        const auto log = open_small(directory.path());
        if (!log && log.error().code != Errc::kExhausted) {
          std::cerr << left << " left: " << to_string(log.error()) << "\n";
          return 2;
        }
      }
      const auto log = open_small(directory.path());
      if (!log) return 3;
      {
        const Hoard hoard(left);
        for (int call = 0; call < 40; ++call) {
          const auto receipt = (*log)->persist("client", std::string(3'000, 'x') + ";", id + 1);
          if (receipt) ++id;
          if (receipt || receipt.error().code == Errc::kExhausted) continue;
          std::cerr << left << " left: " << describe(receipt.error()) << "\n";
          return 4;
        }
        const auto round = (*log)->checkpoint();
        if (!round && round.error().code != Errc::kExhausted) {
          std::cerr << left << " left: " << describe(round.error()) << "\n";
          return 5;
        }
      }
      if (const auto round = (*log)->checkpoint(); !round) {
        std::cerr << "afterwards: " << describe(round.error()) << "\n";
        return 6;
      }
      if (!(*log)->persist("client", "x;", ++id)) return 7;
      for (std::uint64_t known = 1; known <= id; ++known) {
        if (!(*log)->seen("client", known).value_or(false)) return 8;
      }
    }
    return 0;
  });
  const Ending ending = child.wait();
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, 0);
}

}  // namespace
}  // namespace seawall::process
