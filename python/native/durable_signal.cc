#include "durable_signal.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <new>

#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"

namespace seawall::python {

namespace {

Error copy_of(const Error& error) noexcept {
  try {
    return error;
  } catch (const std::bad_alloc&) {
    Error copy;
    copy.code = error.code;
    copy.os_errno = error.os_errno;
    return copy;
  }
}

}  // namespace

void DurableSignal::on_group(Lsn durable, const Error* poisoned) noexcept {
  const std::scoped_lock lock(mutex_);
  note(durable);
  if (poisoned != nullptr && !failure_) failure_ = copy_of(*poisoned);
  wake_locked();
}

void DurableSignal::note(Lsn durable) {
  std::uint64_t known = durable_.load(std::memory_order_relaxed);
  while (known < durable.value &&
         !durable_.compare_exchange_weak(known, durable.value, std::memory_order_release)) {
  }
}

void DurableSignal::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  wake_locked();
}

void DurableSignal::wake_locked() {
  ended_.store(closed_ || failure_.has_value(), std::memory_order_release);
  changed_.notify_all();
  for (Wakeup& wakeup : wakeups_) {
    if (!wakeup.armed) continue;
    wakeup.armed = false;
    const std::uint64_t one = 1;
    // The descriptor does not block. Should its counter ever be full, the loop has a wake-up due.
    static_cast<void>(::write(wakeup.event_fd, &one, sizeof(one)) == sizeof(one));
  }
}

DurableSignal::View DurableSignal::view() const {
  const std::scoped_lock lock(mutex_);
  return {durable(), closed_, failure_};
}

DurableSignal::View DurableSignal::wait_until(Lsn lsn, std::chrono::microseconds timeout) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout,
                    [&] { return durable() >= lsn || closed_ || failure_.has_value(); });
  return {durable(), closed_, failure_};
}

void DurableSignal::add_wakeup(int event_fd) {
  const std::scoped_lock lock(mutex_);
  wakeups_.push_back({event_fd, false});
}

void DurableSignal::remove_wakeup(int event_fd) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(wakeups_, [&](const Wakeup& wakeup) { return wakeup.event_fd == event_fd; });
}

void DurableSignal::arm(int event_fd) {
  const std::scoped_lock lock(mutex_);
  for (Wakeup& wakeup : wakeups_) {
    if (wakeup.event_fd == event_fd) wakeup.armed = true;
  }
}

}  // namespace seawall::python
