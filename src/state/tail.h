#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "seawall/types.h"

namespace seawall::state {

/// The durable groups after the last checkpoint, in memory: clients' deltas are views into them.
/// As long as the log on disk after the last checkpoint, which `Options::log_bytes_max` bounds.
///
/// Thread safety: all methods may be called from any thread; `push` in log order.
class Tail {
 public:
  /// Keeps `group`, whose records are [.., end), and returns its bytes, valid until trimmed.
  std::string_view push(Lsn end, std::string group);

  /// Drops the groups wholly at or below `up_to`. Nothing may refer to them any more.
  void trim(Lsn up_to);

  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Group {
    Lsn end;
    std::string bytes;
  };

  std::mutex mutex_;
  std::deque<Group> groups_;
  std::atomic<std::uint64_t> bytes_ = 0;  ///< Changed under the mutex.
};

}  // namespace seawall::state
