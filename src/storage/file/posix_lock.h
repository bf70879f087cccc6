#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "storage/file/file_system.h"

namespace seawall::storage {

/// An exclusive flock on a directory's own inode, through a descriptor of its own. flock belongs to
/// the open file description, which fork shares: a forked child therefore closes its copies, or it
/// would hold the lock for as long as it lives. No fork happens between the opening of such a
/// descriptor and its entry into the table of those that a child closes.
class PosixLock final : public DirectoryLock {
 public:
  /// Locks the directory open as `directory`; returns `nullptr` with errno set when that failed,
  /// EWOULDBLOCK when another holder lives.
  [[nodiscard]] static std::unique_ptr<PosixLock> try_exclusive(int directory);

  /// Returns whether somebody holds the lock, or an errno. Takes a shared lock for a moment, which
  /// no child inherits.
  [[nodiscard]] static std::expected<bool, int> is_held(int directory);

  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;
  ~PosixLock() override;

 private:
  explicit PosixLock(std::uint64_t token) : token_(token) {}
  /// Key in the table of held locks; in a forked child it finds nothing any more.
  std::uint64_t token_;
};

}  // namespace seawall::storage
