#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace seawall::python {

/// Counts the calls inside a log, so that `close` can wait for them and refuse later ones.
///
/// Thread safety: all methods may be called from any thread.
class CallGate {
 public:
  /// Leaves a gate that was entered.
  struct Leave {
    CallGate& gate;
    ~Leave() { gate.leave(); }
  };

  /// Returns whether the call may go on; then `leave` must follow.
  [[nodiscard]] bool enter() {
    calls_.fetch_add(1);
    if (!closed_) return true;
    leave();
    return false;
  }

  void leave() {
    if (calls_.fetch_sub(1) != 1 || !closed_) return;
    const std::scoped_lock lock(mutex_);
    empty_.notify_all();
  }

  /// Refuses calls from now on and blocks until the last has left.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    empty_.wait(lock, [&] { return calls_ == 0; });
  }

  [[nodiscard]] bool closed() const { return closed_; }

 private:
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::condition_variable empty_;
};

}  // namespace seawall::python
