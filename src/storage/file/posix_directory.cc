#include "storage/file/posix_directory.h"

#include <cerrno>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/hard_links.h"
#include "storage/file/os_error.h"
#include "storage/file/posix_descriptor.h"
#include "storage/file/posix_file.h"
#include "storage/file/posix_lock.h"

namespace seawall::storage {
namespace {

constexpr mode_t kPrivateFile = 0600;

/// Returns `name` for the system, or nothing when it is not one component.
std::optional<std::string> component(std::string_view name) {
  const bool single = !name.empty() && name != "." && name != ".." &&
                      name.find('/') == std::string_view::npos &&
                      name.find('\0') == std::string_view::npos;
  if (!single) return std::nullopt;
  return std::string(name);
}

/// O_NONBLOCK: opening a pipe somebody put there must not wait for its other end.
int open_flags(OpenMode mode) {
  constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  switch (mode) {
    case OpenMode::kRead:
      return kAlways | O_RDONLY;
    case OpenMode::kReadWrite:
      return kAlways | O_RDWR;
    case OpenMode::kCreateExclusive:
      return kAlways | O_RDWR | O_CREAT | O_EXCL;
  }
  return kAlways | O_RDONLY;
}

/// Checks that `descriptor` of file `name` is a regular file.
Result<void> check_regular(int descriptor, const char* action, const std::string& name) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::unexpected(os_error(errno, action, name));
  if (S_ISREG(status.st_mode)) return {};
  Error error = os_error(S_ISDIR(status.st_mode) ? EISDIR : EINVAL, action, name);
  error.code = Errc::kForeign;
  error.message = name + " is not a regular file; move it away";
  return std::unexpected(std::move(error));
}

/// A copy of a log made of hard links shares the files that are overwritten in place.
Result<void> check_sole_name(int descriptor, const std::string& name) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::unexpected(os_error(errno, "open", name));
  if (status.st_nlink > 1) return std::unexpected(has_other_names(name));
  return {};
}

struct CloseStream {
  void operator()(DIR* stream) const { static_cast<void>(::closedir(stream)); }
};

/// Returns whether `entry` is a regular file, or an errno. Asks for the file itself only where the
/// file system does not say it with the name: the longer a listing takes, the more it misses.
std::expected<bool, int> is_regular(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_REG;
  struct stat status{};
  const char* const name = &entry.d_name[0];
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return std::unexpected(errno);
  return S_ISREG(status.st_mode);
}

/// Returns the next name but "." and "..", null at the end, or an errno.
std::expected<const dirent*, int> next_name(DIR* stream) {
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr && errno != 0) return std::unexpected(errno);
    if (entry == nullptr) return nullptr;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry;
  }
}

std::expected<std::vector<DirectoryEntry>, int> read_entries(int directory, DIR* stream) {
  std::vector<DirectoryEntry> entries;
  for (;;) {
    const std::expected<const dirent*, int> name = next_name(stream);
    if (!name) return std::unexpected(name.error());
    if (*name == nullptr) return entries;
    const std::expected<bool, int> regular = is_regular(directory, **name);
    // Removed since the name was read.
    if (!regular && regular.error() == ENOENT) continue;
    if (!regular) return std::unexpected(regular.error());
    entries.push_back({.name = &(*name)->d_name[0], .is_regular = *regular});
  }
}

}  // namespace

PosixDescriptor PosixDirectory::reopen() const {
  return PosixDescriptor(retry_interrupted(
      [&] { return ::openat(descriptor_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

Result<std::vector<DirectoryEntry>> PosixDirectory::list() const {
  PosixDescriptor copy = reopen();
  if (!copy.valid()) return std::unexpected(os_error(errno, "list", path_));
  const std::unique_ptr<DIR, CloseStream> stream(::fdopendir(copy.number()));
  if (stream == nullptr) return std::unexpected(os_error(errno, "list", path_));
  static_cast<void>(copy.release());
  std::expected<std::vector<DirectoryEntry>, int> entries =
      read_entries(descriptor_.number(), stream.get());
  if (!entries) return std::unexpected(os_error(entries.error(), "list", path_));
  return *std::move(entries);
}

Result<FileStatus> PosixDirectory::status_of(std::string_view name) const {
  const std::optional<std::string> file = component(name);
  if (!file) return std::unexpected(os_error(EINVAL, "stat", name));
  struct stat status{};
  if (::fstatat(descriptor_.number(), file->c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::unexpected(os_error(errno, "stat", *file));
  }
  return FileStatus{.bytes = static_cast<std::uint64_t>(status.st_size),
                    .has_other_names = status.st_nlink > 1};
}

Result<std::unique_ptr<File>> PosixDirectory::open(std::string_view name, OpenMode mode) {
  const char* const action = mode == OpenMode::kCreateExclusive ? "create" : "open";
  const std::optional<std::string> file = component(name);
  if (!file) return std::unexpected(os_error(EINVAL, action, name));
  PosixDescriptor descriptor(retry_interrupted([&] {
    return ::openat(descriptor_.number(), file->c_str(), open_flags(mode), kPrivateFile);
  }));
  if (!descriptor.valid()) {
    // A file that is there and cannot be opened for its device's sake is damaged as a whole.
    return std::unexpected(mode == OpenMode::kCreateExclusive
                               ? os_error(errno, action, *file)
                               : read_error(errno, action, *file, 0));
  }
  if (Result<void> regular = check_regular(descriptor.number(), action, *file); !regular) {
    return std::unexpected(std::move(regular.error()));
  }
  if (mode == OpenMode::kReadWrite) {
    const Result<void> sole = check_sole_name(descriptor.number(), *file);
    if (!sole) return std::unexpected(sole.error());
  }
  if (mode == OpenMode::kCreateExclusive) {
    const Result<void> is_private = make_private(descriptor.number(), *file);
    if (!is_private) return std::unexpected(is_private.error());
  }
  return std::make_unique<PosixFile>(std::move(descriptor), *file);
}

Result<void> PosixDirectory::make_private(int file, const std::string& name) {
  // A umask may only take bits away, and may take the owner's.
  if (::fchmod(file, kPrivateFile) == 0) return {};
  const int error = errno;
  static_cast<void>(::unlinkat(descriptor_.number(), name.c_str(), 0));
  return std::unexpected(os_error(error, "set the mode of", name));
}

Result<void> PosixDirectory::rename(std::string_view from, std::string_view to) {
  const std::optional<std::string> source = component(from);
  const std::optional<std::string> target = component(to);
  if (!source || !target) return std::unexpected(os_error(EINVAL, "rename", from));
  const int directory = descriptor_.number();
  if (::renameat(directory, source->c_str(), directory, target->c_str()) != 0) {
    return std::unexpected(os_error(errno, "rename", *source));
  }
  return {};
}

Result<void> PosixDirectory::unlink(std::string_view name) {
  const std::optional<std::string> file = component(name);
  if (!file) return std::unexpected(os_error(EINVAL, "remove", name));
  if (::unlinkat(descriptor_.number(), file->c_str(), 0) != 0) {
    return std::unexpected(os_error(errno, "remove", *file));
  }
  return {};
}

Result<void> PosixDirectory::sync() {
  if (::fsync(descriptor_.number()) == 0) return {};
  return std::unexpected(os_error(errno, "flush directory", path_));
}

Result<std::unique_ptr<DirectoryLock>> PosixDirectory::try_lock() {
  std::unique_ptr<PosixLock> lock = PosixLock::try_exclusive(descriptor_.number());
  if (lock != nullptr) return lock;
  Error error = os_error(errno, "lock", path_);
  if (error.os_errno == EWOULDBLOCK) {
    error.code = Errc::kLocked;
    error.message = path_ + " is locked by another holder";
  }
  return std::unexpected(std::move(error));
}

Result<bool> PosixDirectory::is_locked() {
  const std::expected<bool, int> held = PosixLock::is_held(descriptor_.number());
  if (held) return *held;
  return std::unexpected(os_error(held.error(), "look at the lock of", path_));
}

Result<std::uint64_t> PosixDirectory::free_bytes() const {
  struct statvfs status{};
  if (::fstatvfs(descriptor_.number(), &status) != 0) {
    return std::unexpected(os_error(errno, "ask the free space of", path_));
  }
  // Blocks reserved for root are root's to use.
  const auto blocks = ::geteuid() == 0 ? status.f_bfree : status.f_bavail;
  return std::uint64_t{blocks} * status.f_frsize;
}

std::uint64_t PosixDirectory::file_bytes_max() const {
  struct rlimit limit{};
  const bool is_limited = ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return is_limited ? std::uint64_t{limit.rlim_cur} : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace seawall::storage
