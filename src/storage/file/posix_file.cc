#include "storage/file/posix_file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <unistd.h>

#include "seawall/error.h"

#include "storage/file/os_error.h"
#include "storage/file/posix_descriptor.h"
#include "storage/file/posix_signal.h"

namespace seawall::storage {
namespace {

/// Longer reads are first cut to the file's size, so that a damaged length costs no memory.
constexpr std::uint64_t kUncheckedReadBytesMax = std::uint64_t{64} << 10;

/// Fills `target` from `offset` until `length` or the end of the file; returns the bytes read, or
/// nothing with errno set.
std::expected<std::size_t, int> read_fully(int descriptor, char* target, std::size_t length,
                                           std::uint64_t offset) {
  std::size_t done = 0;
  while (done < length) {
    const ssize_t got = retry_interrupted([&] {
      return ::pread(descriptor, target + done, length - done, static_cast<off_t>(offset + done));
    });
    if (got < 0) return std::unexpected(errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool representable(std::uint64_t offset, std::uint64_t length) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  return offset <= kMax && length <= kMax - offset;
}

}  // namespace

Error PosixFile::failed(const char* action) const {
  return os_error(errno, action, name_);
}

Error PosixFile::failed_at(const char* action, std::uint64_t offset) const {
  Error error = failed(action);
  error.offset = offset;
  return error;
}

Error PosixFile::unreadable(const char* action, std::uint64_t offset) const {
  return read_error(errno, action, name_, offset);
}

Result<std::string> PosixFile::read_at(std::uint64_t offset, std::uint64_t length) const {
  std::string bytes;
  if (Result<void> read = read_onto(offset, length, bytes); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return bytes;
}

Result<void> PosixFile::read_onto(std::uint64_t offset, std::uint64_t length,
                                  std::string& bytes) const {
  if (length > kUncheckedReadBytesMax || !representable(offset, length)) {
    const Result<std::uint64_t> end = size();
    if (!end) return std::unexpected(end.error());
    length = offset < *end ? std::min(length, *end - offset) : 0;
    if (length == 0) return {};
    if (length > bytes.max_size() - bytes.size()) {
      errno = EOVERFLOW;
      return std::unexpected(failed_at("read", offset));
    }
  }
  const std::size_t before = bytes.size();
  int error = 0;
  // libstdc++ 12 passes the capacity it grew to instead of the size asked for, so that a read of 16
  // bytes would return 30.
  bytes.resize_and_overwrite(before + length, [&](char* target, std::size_t /*or_capacity*/) {
    const std::expected<std::size_t, int> got =
        read_fully(descriptor_.number(), target + before, length, offset);
    if (!got) error = got.error();
    return before + got.value_or(0);
  });
  if (error != 0) {
    errno = error;
    return std::unexpected(unreadable("read", offset));
  }
  return {};
}

Result<void> PosixFile::write_at(std::uint64_t offset, std::string_view bytes) {
  if (!representable(offset, bytes.size())) {
    errno = EFBIG;
    return std::unexpected(failed_at("write", offset));
  }
  const FileSizeSignalGuard guard;
  while (!bytes.empty()) {
    const ssize_t put = retry_interrupted([&] {
      return ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    // A device that takes nothing and reports nothing would keep this loop for ever.
    if (put == 0) errno = EIO;
    if (put <= 0) return std::unexpected(failed_at("write", offset));
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> PosixFile::sync_data() {
  // Not repeated on EINTR: the kernel may have dropped the error and the bytes by then.
  if (::fdatasync(descriptor_.number()) != 0) return std::unexpected(failed("flush"));
  return {};
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat status{};
  if (::fstat(descriptor_.number(), &status) != 0) return std::unexpected(unreadable("stat", 0));
  return static_cast<std::uint64_t>(status.st_size);
}

// btrfs writes elsewhere what is overwritten, so that a prepared segment may run out of space after
// all and each flush writes metadata. It takes the flag for empty files only. Whatever fails here
// leaves a file that works as files do there; xfs has no such flag, and copies only what is shared
// by reflinks, which a file just made is not.
void PosixFile::overwrite_in_place() {
  struct statfs system{};
  if (::fstatfs(descriptor_.number(), &system) != 0) return;
  if (static_cast<std::uint64_t>(system.f_type) != std::uint64_t{BTRFS_SUPER_MAGIC}) return;
  int flags = 0;
  if (::ioctl(descriptor_.number(), FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_NOCOW_FL;
  static_cast<void>(::ioctl(descriptor_.number(), FS_IOC_SETFLAGS, &flags));
}

Result<void> PosixFile::allocate(std::uint64_t length) {
  if (length == 0) return {};
  if (!representable(0, length)) {
    errno = EFBIG;
    return std::unexpected(failed("allocate"));
  }
  const FileSizeSignalGuard guard;
  // Not posix_fallocate: where the file system cannot, glibc writes a byte into each block.
  const int result = retry_interrupted(
      [&] { return ::fallocate(descriptor_.number(), 0, 0, static_cast<off_t>(length)); });
  if (result == 0) return {};
  if (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS) return grow(length);
  return std::unexpected(failed("allocate"));
}

Result<void> PosixFile::grow(std::uint64_t length) {
  const Result<std::uint64_t> end = size();
  if (!end) return std::unexpected(end.error());
  if (*end >= length) return {};
  const int result = retry_interrupted(
      [&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(length)); });
  if (result != 0) return std::unexpected(failed("grow"));
  return {};
}

}  // namespace seawall::storage
