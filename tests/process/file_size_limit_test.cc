// A limit on file sizes below the size of the files a log has already: it opens, commits and clears
// with smaller ones, and answers `kNoSpace` where it cannot. Nothing is poisoned.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/write_ahead_log.h"

#include "crash/list_interpreter.h"
#include "process/child.h"
#include "process/kill_log.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

constexpr std::size_t kDataBytes = 16'384;
constexpr std::uint64_t kClients = 50;

enum Failed : std::uint8_t { kNothing, kSetUp, kOpen, kOtherError, kNoResume, kLost };

bool limit_files(rlim_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
  limit.rlim_cur = bytes;
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/// After so many records the segments have grown.
constexpr std::uint64_t kGrownRecords = 600;
constexpr std::uint64_t kSmallRecords = 40;

Result<std::unique_ptr<WriteAheadLog>> open_log(const std::string& base_dir) {
  return WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true),
                             std::make_shared<FileSystemStorage>(), kService, base_dir);
}

bool persist_range(WriteAheadLog& log, std::uint64_t begin, std::uint64_t end, std::size_t bytes) {
  const std::string data(bytes, 'd');
  for (std::uint64_t id = begin; id < end; ++id) {
    const auto receipt = log.persist("c-" + std::to_string(id % kClients), data, id);
    if (receipt) continue;
    std::cerr << id << ": " << to_string(receipt.error()) << "\n";
    return false;
  }
  return true;
}

bool has_seen(const WriteAheadLog& log, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t id = begin; id < end; ++id) {
    if (!log.seen("c-" + std::to_string(id % kClients), id).value_or(false)) return false;
  }
  return true;
}

/// Opens a log that grew without a limit, commits, clears, and opens it again, all under the limit.
int go_on_under_limit(const std::string& base_dir, rlim_t limit_bytes) {
  constexpr std::size_t kSmallBytes = 9'000;
  const std::uint64_t end = kGrownRecords + kSmallRecords;
  {
    const auto log = open_log(base_dir);
    if (!log) return kOpen;
    if (!persist_range(**log, 1, kGrownRecords, kDataBytes)) return kSetUp;
  }
  if (!limit_files(limit_bytes)) return kSetUp;
  for (std::uint64_t turn = 0; turn < 3; ++turn) {
    const auto log = open_log(base_dir);
    if (!log) {
      std::cerr << to_string(log.error()) << "\n";
      return kOpen;
    }
    const std::uint64_t from = end + turn * kSmallRecords;
    if (!persist_range(**log, from, from + kSmallRecords, kSmallBytes)) return kOtherError;
    if (!(*log)->clear("cleared-" + std::to_string(turn))) return kOtherError;
  }
  if (!limit_files(RLIM_INFINITY)) return kSetUp;
  const auto log = open_log(base_dir);
  if (!log) return kOpen;
  const bool all =
      has_seen(**log, 1, kGrownRecords) && has_seen(**log, end, end + 3 * kSmallRecords);
  return all ? kNothing : kLost;
}

/// Lowers the limit below the segments of a log that is open.
int lower_limit_while_open(const std::string& base_dir, rlim_t limit_bytes) {
  constexpr std::size_t kSmallBytes = 9'000;
  const auto log = open_log(base_dir);
  if (!log) return kOpen;
  if (!persist_range(**log, 1, kGrownRecords, kDataBytes)) return kSetUp;
  if (!limit_files(limit_bytes)) return kSetUp;
  const std::uint64_t end = kGrownRecords + kSmallRecords;
  if (!persist_range(**log, kGrownRecords, end, kSmallBytes)) return kOtherError;
  if (!(*log)->clear("cleared")) return kOtherError;
  return has_seen(**log, 1, end) ? kNothing : kLost;
}

class ProcessFileSizeLimit : public ::testing::TestWithParam<rlim_t> {};

TEST_P(ProcessFileSizeLimit, AGrownLogGoesOn) {
  const TemporaryDirectory directory;
  Child child([&] { return go_on_under_limit(directory.path(), GetParam()); });
  const Ending ending = child.wait();
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, kNothing);
}

TEST_P(ProcessFileSizeLimit, LoweredWhileTheLogIsOpen) {
  const TemporaryDirectory directory;
  Child child([&] { return lower_limit_while_open(directory.path(), GetParam()); });
  const Ending ending = child.wait();
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, kNothing);
}

/// Nothing can be written at all, and everything as before once it can; SIGXFSZ has its default
/// action, which is death.
int wait_for_limit(const std::string& base_dir, rlim_t limit_bytes) {
  constexpr std::uint64_t kBefore = 100;
  if (std::signal(SIGXFSZ, SIG_DFL) == SIG_ERR) return kSetUp;
  {
    const auto log = open_log(base_dir);
    if (!log || !persist_range(**log, 1, kBefore, kDataBytes)) return kOpen;
    if (!limit_files(limit_bytes)) return kSetUp;
    const auto refused = (*log)->persist("c-0", std::string(kDataBytes, 'd'), kBefore);
    if (refused || refused.error().code != Errc::kNoSpace) return kOtherError;
    const auto other = open_log(base_dir + "/new");
    if (other || other.error().code != Errc::kNoSpace) return kOtherError;
    if (!limit_files(RLIM_INFINITY)) return kSetUp;
    if (!persist_range(**log, kBefore, 2 * kBefore, kDataBytes)) return kNoResume;
    if (!limit_files(limit_bytes)) return kSetUp;
  }
  const auto refused = open_log(base_dir);
  if (refused || refused.error().code != Errc::kNoSpace) return kOtherError;
  if (!limit_files(RLIM_INFINITY)) return kSetUp;
  const auto log = open_log(base_dir);
  if (!log) return kOpen;
  return has_seen(**log, 1, 2 * kBefore) ? kNothing : kLost;
}

class ProcessFileSizeTooSmall : public ::testing::TestWithParam<rlim_t> {};

TEST_P(ProcessFileSizeTooSmall, NothingIsPoisoned) {
  const TemporaryDirectory directory;
  Child child([&] { return wait_for_limit(directory.path(), GetParam()); });
  const Ending ending = child.wait();
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, kNothing);
}

INSTANTIATE_TEST_SUITE_P(KiB, ProcessFileSizeTooSmall,
                         ::testing::Values(4U << 10, 8U << 10, 12U << 10),
                         [](const auto& limit) { return std::to_string(limit.param >> 10); });
INSTANTIATE_TEST_SUITE_P(KiB, ProcessFileSizeLimit,
                         ::testing::Values(64U << 10, 512U << 10, 1100U << 10),
                         [](const auto& limit) { return std::to_string(limit.param >> 10); });

}  // namespace
}  // namespace seawall::process
