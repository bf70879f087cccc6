#pragma once

/// \file
/// The little of a file system that file storage stands on. One POSIX implementation, one
/// simulated. All system calls of Seawall live behind this interface.
///
/// Errors carry errno; their codes are those of os_error.h: a call that only reads and finds that
/// the device cannot give the bytes back fails with `kCorrupt` and the offset.
///
/// Durability, as POSIX on Linux gives it: written bytes survive a power cut after the file's
/// `sync_data`, names after the directory's `sync`. After a failed `sync_data` the bytes it covered
/// may be lost although reads still return them and the next `sync_data` succeeds.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

namespace seawall::storage {

/// An open regular file. Thread safety: all methods may be called from any thread; overlapping
/// writes are the caller's to avoid.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Reads up to `length` bytes at `offset`; fewer only at the end of the file.
  [[nodiscard]] virtual Result<std::string> read_at(std::uint64_t offset,
                                                    std::uint64_t length) const = 0;
  /// Appends what `read_at` would return to `bytes`, whose memory is used again.
  [[nodiscard]] virtual Result<void> read_onto(std::uint64_t offset, std::uint64_t length,
                                               std::string& bytes) const {
    Result<std::string> read = read_at(offset, length);
    if (!read) return std::unexpected(std::move(read.error()));
    bytes.append(*read);
    return {};
  }
  /// Writes all of `bytes` at `offset`, growing the file as needed. On error any part of it may
  /// have been written.
  [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Makes the file's bytes and size durable (fdatasync).
  [[nodiscard]] virtual Result<void> sync_data() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
  /// Asks the file system to overwrite this empty file in place from now on. A hint: where it is
  /// not known or not granted, nothing changes.
  virtual void overwrite_in_place() {}
  /// Allocates space for bytes [0, `length`) so that writing them cannot run out of space where the
  /// file system supports it; grows the file to `length` (reads as zeros).
  [[nodiscard]] virtual Result<void> allocate(std::uint64_t length) = 0;
};

/// A held lock; released on destruction, and by the system when the process dies.
class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  virtual ~DirectoryLock() = default;
};

enum class OpenMode : std::uint8_t {
  kRead,             ///< Must exist.
  kReadWrite,        ///< Must exist.
  kCreateExclusive,  ///< Must not exist; made 0600 whatever the umask, empty, for read and write.
};

struct DirectoryEntry {
  std::string name;
  bool is_regular = false;  ///< A regular file, not a symbolic link, directory or device.
};

struct FileStatus {
  std::uint64_t bytes = 0;
  /// Another name leads to the same bytes (a hard link), so that writing would change both.
  bool has_other_names = false;
};

/// An open directory. Names are single components. Files are opened without following symbolic
/// links, and only if regular; for writing only if no other name leads to them, else `kForeign`.
class Directory {
 public:
  Directory() = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  virtual ~Directory() = default;

  /// Returns the names. A name that comes or goes during the call may be there or not: of two files
  /// that take turns the call may show neither.
  [[nodiscard]] virtual Result<std::vector<DirectoryEntry>> list() const = 0;
  /// Asks for file `name` without opening it.
  [[nodiscard]] virtual Result<FileStatus> status_of(std::string_view name) const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(std::string_view name,
                                                           OpenMode mode) = 0;
  /// Renames within the directory, replacing `to` if it exists.
  [[nodiscard]] virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  [[nodiscard]] virtual Result<void> unlink(std::string_view name) = 0;
  /// Makes the directory's names durable.
  [[nodiscard]] virtual Result<void> sync() = 0;
  /// Takes the exclusive lock without waiting; `kLocked` when another holder lives.
  [[nodiscard]] virtual Result<std::unique_ptr<DirectoryLock>> try_lock() = 0;
  /// Returns whether some process holds the exclusive lock. May disturb a `try_lock` that happens
  /// at the same instant, which must therefore be tried more than once.
  [[nodiscard]] virtual Result<bool> is_locked() = 0;
  /// Returns the bytes a file here could still grow by.
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes() const = 0;
  /// Returns the offset from which on nothing can be written now, not even in a file that is longer
  /// already: the process's limit on file sizes, which may change at any time.
  [[nodiscard]] virtual std::uint64_t file_bytes_max() const = 0;
};

class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  /// Opens directory `path`. `kNotFound` when it is missing, `kForeign` with ENOTDIR when it is
  /// something else.
  [[nodiscard]] virtual Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) = 0;
  /// Creates `path` and its missing parents, each 0700 whatever the umask, durably (each parent's
  /// entry is synced). Existing directories are left as they are.
  [[nodiscard]] virtual Result<void> create_directories(const std::string& path) = 0;
  /// Blocks for about `us` microseconds; simulated systems only count it.
  virtual void sleep_us(std::uint64_t us) = 0;
};

/// Returns the system's own file system.
[[nodiscard]] std::shared_ptr<FileSystem> posix_file_system();

}  // namespace seawall::storage
