#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::engine {

/// The callback of `on_durable`, which may be replaced while it runs, also by itself.
///
/// Thread safety: all methods may be called from any thread; `call` from one at a time.
class DurableCallback {
 public:
  /// Takes `callback` in the place of the former one and waits until that one is not running,
  /// unless `wait` is false. Returns whether there was none.
  bool replace(WriteAheadLog::DurableCallback callback, bool wait);

  /// Calls it, if there is one. What it throws is kept for `failure`.
  void call(Lsn durable, const Error* poisoned) noexcept;

  [[nodiscard]] bool is_set() const noexcept { return is_set_.load(std::memory_order_relaxed); }

  /// Returns what the callback last threw.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::shared_ptr<const WriteAheadLog::DurableCallback> callback_;
  bool running_ = false;
  std::optional<Error> failure_;
  std::atomic<bool> is_set_ = false;
};

}  // namespace seawall::engine
