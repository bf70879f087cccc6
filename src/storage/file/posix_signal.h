#pragma once

#include <signal.h>

namespace seawall::storage {

/// Keeps a write beyond RLIMIT_FSIZE from killing the process: while alive, the thread's SIGXFSZ
/// is held back, and one that came is taken off. The process's signal dispositions are not a
/// library's to change.
class FileSizeSignalGuard {
 public:
  FileSizeSignalGuard();
  FileSizeSignalGuard(const FileSizeSignalGuard&) = delete;
  FileSizeSignalGuard& operator=(const FileSizeSignalGuard&) = delete;
  /// Leaves errno as it was.
  ~FileSizeSignalGuard();

 private:
  sigset_t before_{};
  bool pending_before_ = false;
};

}  // namespace seawall::storage
