#include "storage/file/posix_lock.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <pthread.h>
#include <sys/file.h>

#include "storage/file/posix_descriptor.h"

namespace seawall::storage {
namespace {

/// The lock descriptors this process holds.
class HeldLocks {
 public:
  /// Never destroyed: a static object's destructor may still release a lock.
  static HeldLocks& instance() {
    static auto& held = *new HeldLocks;
    return held;
  }

  std::uint64_t add(PosixDescriptor descriptor) {
    const std::lock_guard guard(mutex_);
    descriptors_.emplace(++last_token_, std::move(descriptor));
    return last_token_;
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

std::unique_ptr<PosixLock> PosixLock::try_exclusive(PosixDescriptor directory) {
  const int result =
      retry_interrupted([&] { return ::flock(directory.number(), LOCK_EX | LOCK_NB); });
  if (result != 0) return nullptr;
  return std::unique_ptr<PosixLock>(new PosixLock(HeldLocks::instance().add(std::move(directory))));
}

PosixLock::~PosixLock() {
  HeldLocks::instance().release(token_);
}

}  // namespace seawall::storage
