#pragma once

#include <cstdint>
#include <memory>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/posix_descriptor.h"

namespace seawall::storage {

/// An exclusive flock on a directory's own inode, through a descriptor of its own. flock belongs to
/// the open file description, which fork shares: a forked child therefore closes its copies, or it
/// would hold the lock for as long as it lives.
class PosixLock final : public DirectoryLock {
 public:
  /// Locks `directory`, a descriptor opened for this alone; returns `nullptr` with errno set when
  /// that failed.
  [[nodiscard]] static std::unique_ptr<PosixLock> try_exclusive(PosixDescriptor directory);

  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;
  ~PosixLock() override;

 private:
  explicit PosixLock(std::uint64_t token) : token_(token) {}
  /// Key in the table of held locks; in a forked child it finds nothing any more.
  std::uint64_t token_;
};

}  // namespace seawall::storage
