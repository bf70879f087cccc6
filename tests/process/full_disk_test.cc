// Real disks that are full: a small tmpfs, and a limit on file sizes (see file_size_limit_test.cc
// too). The error comes at once,
// nothing acknowledged is lost, and commits go on when there is space, without reopening.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "crash/list_interpreter.h"
#include "process/child.h"
#include "process/kill_log.h"
#include "storage/file/file_names.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kErrorWithin = std::chrono::seconds(1);
constexpr auto kResumeWithin = std::chrono::seconds(5);
constexpr std::size_t kDataBytes = 16'384;
constexpr std::uint64_t kClients = 50;

enum Failed : std::uint8_t {
  kNothing,
  kNoMount,
  kSetUp,
  kOpen,
  kNeverFull,
  kOtherError,
  kLateError,
  kNoRead,
  kNoResume,
  kLost,
  kDoubled,
};

std::int64_t milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

class FullDisk {
 public:
  FullDisk(std::string base_dir, std::string what)
      : base_dir_(std::move(base_dir)), what_(std::move(what)) {}

  /// Fills the disk through a log, makes room with `make_room`, and goes on.
  int run(const std::function<bool()>& make_room) {
    {
      const auto log =
          WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true),
                              std::make_shared<FileSystemStorage>(), kService, base_dir_);
      if (!log) return kOpen;
      if (const int failed = fill(**log); failed != kNothing) return failed;
      if (!(*log)->retrieve("c-1")) return kNoRead;
      if (!make_room()) return kSetUp;
      if (const int failed = resume(**log); failed != kNothing) return failed;
    }
    return check();
  }

 private:
  static std::string client(std::uint64_t id) { return "c-" + std::to_string(id % kClients); }

  int fill(WriteAheadLog& log) {
    constexpr std::uint64_t kMore = 100'000;
    while (acked_ < kMore) {
      const auto begin = Clock::now();
      const auto receipt = log.persist(client(acked_ + 1), data_, acked_ + 1);
      if (receipt) {
        ++acked_;
        continue;
      }
      error_ms_ = milliseconds_since(begin);
      if (receipt.error().code != Errc::kNoSpace) {
        std::cerr << to_string(receipt.error()) << "\n";
        return kOtherError;
      }
      return Clock::now() - begin < kErrorWithin ? kNothing : kLateError;
    }
    return kNeverFull;
  }

  int resume(WriteAheadLog& log) {
    const auto begin = Clock::now();
    while (!log.persist(client(acked_ + 1), data_, acked_ + 1)) {
      if (Clock::now() - begin > kResumeWithin) return kNoResume;
      std::this_thread::yield();
    }
    ++acked_;
    std::cout << what_ << ": " << acked_ - 1 << " acknowledged, no space after " << error_ms_
              << " ms, committing again " << milliseconds_since(begin) << " ms after space\n"
              << std::flush;
    return kNothing;
  }

  /// The next process finds every acknowledged record once.
  [[nodiscard]] int check() const {
    const auto log =
        WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true),
                            std::make_shared<FileSystemStorage>(), kService, base_dir_);
    if (!log) {
      std::cerr << to_string(log.error()) << "\n";
      return kOpen;
    }
    std::uint64_t found = 0;
    for (const std::string& name : (*log)->clients()) {
      const auto state = (*log)->retrieve(name);
      if (!state || !*state) return kLost;
      found += (*state)->size() / data_.size();
    }
    for (std::uint64_t id = 1; id <= acked_; ++id) {
      if (!(*log)->seen(client(id), id).value_or(false)) return kLost;
    }
    return found == acked_ ? kNothing : kDoubled;
  }

  std::string base_dir_;
  std::string what_;
  std::string data_ = std::string(kDataBytes, 'd');
  std::uint64_t acked_ = 0;
  std::int64_t error_ms_ = 0;
};

bool write_ballast(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  const std::string piece(std::size_t{1} << 20, 'b');
  constexpr int kPieces = 4;
  for (int i = 0; i < kPieces; ++i) file << piece;
  file.flush();
  return file.good();
}

TEST(ProcessFullDisk, ASmallFileSystem) {
  const TemporaryDirectory directory;
  const std::string& path = directory.path();
  Child child([&] {
    // A mount of its own, gone with the process.
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=16m") == 0;
    if (!mounted) return int{kNoMount};
    const std::string ballast = path + "/ballast";
    if (!write_ballast(ballast)) return int{kSetUp};
    return FullDisk(path, "16 MiB tmpfs").run([&] { return ::unlink(ballast.c_str()) == 0; });
  });
  const Ending ending = child.wait();
  if (!ending.killed && ending.code == kNoMount) {
    GTEST_SKIP() << "mounting a tmpfs is not allowed here (it needs root)";
  }
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, kNothing);
}

bool limit_files(rlim_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
  limit.rlim_cur = bytes;
  return ::setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

// A limit above the smallest segment and below those that a long log would like: it goes on with
// smaller ones, and attempts that fail use no segment's number up.
TEST(ProcessFullDisk, SegmentsGrowAsFarAsALimitOnFileSizesAllows) {
  const TemporaryDirectory directory;
  Child child([&] {
    constexpr rlim_t kLimitBytes = 3'000'000;
    constexpr std::uint64_t kRecords = 1'200;
    if (!limit_files(kLimitBytes)) return int{kSetUp};
    const auto log =
        WriteAheadLog::open(std::make_shared<crash::ListInterpreter>(true),
                            std::make_shared<FileSystemStorage>(), kService, directory.path());
    if (!log) return int{kOpen};
    const std::string data(kDataBytes, 'd');
    for (std::uint64_t id = 1; id <= kRecords; ++id) {
      const auto receipt = (*log)->persist("c-" + std::to_string(id % kClients), data, id);
      if (receipt) continue;
      std::cerr << id << ": " << to_string(receipt.error()) << "\n";
      return int{kOtherError};
    }
    return int{kNothing};
  });
  const Ending ending = child.wait();
  EXPECT_FALSE(ending.killed) << "signal " << ending.code;
  EXPECT_EQ(ending.code, kNothing);
  std::uint64_t last = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory.path() + "/" + kService)) {
    const storage::FileName name = storage::classify(file.path().filename().string());
    if (name.kind == storage::FileKind::kSegment) last = std::max(last, name.number);
  }
  EXPECT_GE(last, 8U);
  EXPECT_LE(last, 24U);
}

}  // namespace
}  // namespace seawall::process
