#pragma once

#include <atomic>
#include <cstdint>

namespace seawall::commit {

/// Counts the callers who come with records, so that the commit thread can wait for those it just
/// released: full groups decide the throughput with many callers
/// (docs/design/0003-group-commit.md).
///
/// Thread safety: `note_arrival`, `note_released` by the holder of the commit mutex, the rest from
/// any thread.
class Arrivals {
 public:
  void note_arrival() {
    arrived_.store(arrived_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// Notes that `callers` are on their way back.
  void note_released(std::uint64_t callers) {
    expected_.store(arrived_.load(std::memory_order_relaxed) + callers, std::memory_order_relaxed);
  }

  /// Notes how long the last append took, in nanoseconds.
  void note_append(std::uint64_t append_ns) {
    append_ns_.store(append_ns, std::memory_order_relaxed);
  }

  /// Gives way until those who were released are back and nobody else comes, but no longer than
  /// that could gain.
  void gather() const;

 private:
  std::atomic<std::uint64_t> arrived_ = 0;
  std::atomic<std::uint64_t> expected_ = 0;  ///< `arrived_` once all who were released are back.
  std::atomic<std::uint64_t> append_ns_ = 0;
};

}  // namespace seawall::commit
