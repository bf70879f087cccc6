#include "storage/file/posix_lock.h"

#include <cerrno>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>

#include "storage/file/posix_descriptor.h"

namespace seawall::storage {
namespace {

/// The directory open as `directory` once more, with a file description of its own.
PosixDescriptor reopen(int directory) {
  return PosixDescriptor(retry_interrupted(
      [&] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

int lock_now(const PosixDescriptor& descriptor, int operation) {
  return retry_interrupted([&] { return ::flock(descriptor.number(), operation | LOCK_NB); });
}

/// The lock descriptors this process holds. Its mutex is held across the system calls, which do not
/// wait: a fork in between would give the child a lock that nobody takes from it.
class HeldLocks {
 public:
  /// Never destroyed: a static object's destructor may still release a lock.
  static HeldLocks& instance() {
    static auto& held = *new HeldLocks;
    return held;
  }

  /// Returns the token of the lock taken, or nothing with errno set.
  std::optional<std::uint64_t> take(int directory) {
    const std::lock_guard guard(mutex_);
    PosixDescriptor descriptor = reopen(directory);
    if (!descriptor.valid()) return std::nullopt;
    if (lock_now(descriptor, LOCK_EX) != 0) {
      const int error = errno;
      descriptor = PosixDescriptor();
      errno = error;
      return std::nullopt;
    }
    descriptors_.emplace(++last_token_, std::move(descriptor));
    return last_token_;
  }

  /// Returns whether the lock is held, or an errno.
  std::expected<bool, int> probe(int directory) {
    const std::lock_guard guard(mutex_);
    const PosixDescriptor descriptor = reopen(directory);
    if (!descriptor.valid()) return std::unexpected(errno);
    if (lock_now(descriptor, LOCK_SH) != 0) {
      if (errno == EWOULDBLOCK) return true;
      return std::unexpected(errno);
    }
    // Unlocked and not only closed: a child made without the handlers below has a copy.
    static_cast<void>(::flock(descriptor.number(), LOCK_UN));
    return false;
  }

  void release(std::uint64_t token) {
    const std::lock_guard guard(mutex_);
    const auto held = descriptors_.find(token);
    if (held == descriptors_.end()) return;
    // Unlocked and not only closed: a child forked just now may not have closed its copy yet.
    static_cast<void>(::flock(held->second.number(), LOCK_UN));
    descriptors_.erase(held);
  }

 private:
  HeldLocks() {
    // Held across the fork, so that the child finds the table whole. A process without memory for
    // three handlers goes on with locks its children share.
    static_cast<void>(pthread_atfork([] { instance().mutex_.lock(); },
                                     [] { instance().mutex_.unlock(); },
                                     [] { instance().forget_in_child(); }));
  }

  void forget_in_child() {
    descriptors_.clear();
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::map<std::uint64_t, PosixDescriptor> descriptors_;
  std::uint64_t last_token_ = 0;
};

}  // namespace

std::unique_ptr<PosixLock> PosixLock::try_exclusive(int directory) {
  // Made before the lock is taken: a lock without its object would be held for ever.
  std::unique_ptr<PosixLock> lock(new PosixLock(0));
  const std::optional<std::uint64_t> token = HeldLocks::instance().take(directory);
  if (!token) {
    const int error = errno;
    lock.reset();
    errno = error;
    return nullptr;
  }
  lock->token_ = *token;
  return lock;
}

std::expected<bool, int> PosixLock::is_held(int directory) {
  return HeldLocks::instance().probe(directory);
}

PosixLock::~PosixLock() {
  HeldLocks::instance().release(token_);
}

}  // namespace seawall::storage
