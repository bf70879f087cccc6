#include "storage/file/posix_signal.h"

#include <cerrno>
#include <ctime>

#include <signal.h>

#include "storage/file/posix_descriptor.h"

namespace seawall::storage {
namespace {

// NOLINTNEXTLINE(misc-include-cleaner): signal.h is its header by POSIX
sigset_t file_size_signal() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  return set;
}

bool file_size_signal_pending() {
  sigset_t pending{};
  return sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

}  // namespace

FileSizeSignalGuard::FileSizeSignalGuard() {
  const sigset_t set = file_size_signal();
  static_cast<void>(pthread_sigmask(SIG_BLOCK, &set, &before_));
  // Only a signal the caller had blocked can be pending; it is the caller's to receive.
  pending_before_ = sigismember(&before_, SIGXFSZ) == 1 && file_size_signal_pending();
}

FileSizeSignalGuard::~FileSizeSignalGuard() {
  const int error = errno;
  if (!pending_before_) {
    const sigset_t set = file_size_signal();
    const timespec at_once{};
    static_cast<void>(retry_interrupted([&] { return sigtimedwait(&set, nullptr, &at_once); }));
  }
  static_cast<void>(pthread_sigmask(SIG_SETMASK, &before_, nullptr));
  errno = error;
}

}  // namespace seawall::storage
