#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::python {

/// Carries the durable mark from the commit thread to whoever waits in Python: a condition for
/// threads, one eventfd per event loop. The commit thread never enters Python, and writes to a loop
/// at most once for each time the loop armed itself: one wake-up per group.
///
/// Thread safety: all methods may be called from any thread. None needs the GIL; `wait_until`
/// blocks, so call it without.
class DurableSignal final : public DurableListener {
 public:
  /// What is known. After `closed` nothing changes any more.
  struct View {
    Lsn durable;
    bool closed = false;
    std::optional<Error> failure;  ///< What poisoned the log.
  };

  explicit DurableSignal(Lsn durable) : durable_(durable.value) {}

  /// Reports a group, or the error that poisoned the log. Holds its lock for a moment only.
  void on_group(Lsn durable, const Error* poisoned) noexcept override;

  /// Notes what a receipt proves before the group's report comes, so that no receipt is ahead of
  /// `durable`. Wakes nobody; never blocks.
  void note(Lsn durable);

  /// Reports the end of the log.
  void close();

  [[nodiscard]] Lsn durable() const { return Lsn{durable_.load(std::memory_order_acquire)}; }
  /// Returns whether the log failed or closed. Never blocks.
  [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_acquire); }
  [[nodiscard]] View view() const;

  /// Blocks until `lsn` is durable, the log failed or closed, or `timeout` has passed.
  [[nodiscard]] View wait_until(Lsn lsn, std::chrono::microseconds timeout) const;

  /// Registers an eventfd; it is borrowed until `remove_wakeup`.
  void add_wakeup(int event_fd);
  void remove_wakeup(int event_fd);

  /// Has the next report written to `event_fd`, once. A report that came before is not repeated:
  /// look at `view` after arming.
  void arm(int event_fd);

 private:
  struct Wakeup {
    int event_fd = -1;
    bool armed = false;
  };
  void wake_locked();

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::atomic<std::uint64_t> durable_;
  std::atomic<bool> ended_ = false;
  bool closed_ = false;
  std::optional<Error> failure_;
  std::vector<Wakeup> wakeups_;
};

}  // namespace seawall::python
