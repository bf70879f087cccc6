#include "storage/file/writer_lock.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"

namespace seawall::storage {
namespace {

constexpr int kTries = 50;
constexpr std::uint64_t kPauseUs = 10'000;

/// Wide enough for any process id, so that a shorter one overwrites a longer one whole.
constexpr std::size_t kPidBytes = 20;

std::string read_pid(Directory& directory) {
  const Result<std::unique_ptr<File>> file = directory.open(kPidName, OpenMode::kRead);
  if (!file) return {};
  const Result<std::string> bytes = (*file)->read_at(0, kPidBytes);
  if (!bytes) return {};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return {bytes->begin(), std::ranges::find_if_not(*bytes, is_digit)};
}

Error locked(Directory& directory) {
  const std::string pid = read_pid(directory);
  Error error;
  error.code = Errc::kLocked;
  error.message = "process " + (pid.empty() ? std::string("(unknown)") : pid) +
                  " owns the log; end it, or wait for its end";
  return error;
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> lock_for_writing(FileSystem& file_system,
                                                        Directory& directory) {
  for (int tries = 0; tries < kTries; ++tries) {
    if (tries > 0) file_system.sleep_us(kPauseUs);
    Result<std::unique_ptr<DirectoryLock>> lock = directory.try_lock();
    if (lock || lock.error().code != Errc::kLocked) return lock;
  }
  return std::unexpected(locked(directory));
}

void note_writer(Directory& directory) {
  std::string text = std::to_string(::getpid());
  text.resize(kPidBytes - 1, ' ');
  text.push_back('\n');
  Result<std::unique_ptr<File>> file = directory.open(kPidName, OpenMode::kReadWrite);
  // Another name leads to it: a copy of the log keeps its own.
  if (!file && file.error().code == Errc::kForeign) {
    const Result<void> removed = directory.unlink(kPidName);
    static_cast<void>(removed);
  }
  if (!file) file = directory.open(kPidName, OpenMode::kCreateExclusive);
  if (!file) return;
  const Result<void> written = (*file)->write_at(0, text);
  static_cast<void>(written);
}

}  // namespace seawall::storage
