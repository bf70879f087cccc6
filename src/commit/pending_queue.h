#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "seawall/types.h"

namespace seawall::commit {

/// Frames that wait for their flush, kept as nearly finished groups: 128 bytes for the header, then
/// frames. Used under the commit mutex.
class PendingQueue {
 public:
  /// Starts with `next` as the first frame's LSN.
  explicit PendingQueue(Lsn next) : next_(next) {}

  struct Group {
    Lsn first_lsn;
    std::uint32_t records = 0;
    std::string bytes;  ///< Header space and frames.
  };

  /// Makes sure that pushing a frame of `frame_bytes` or fewer allocates nothing, so that what is
  /// decided before the push cannot be left without it. Throws bad_alloc, having changed nothing.
  void reserve(std::size_t frame_bytes);

  /// Appends a sealed frame, for which `reserve` made room.
  void push(std::string_view frame) noexcept;

  [[nodiscard]] bool empty() const { return records_ == 0; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// Bytes that appending everything here may take, headers included, alignment not.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t groups() const { return groups_.size() - (has_empty_back() ? 1 : 0); }
  /// Longest single frame pushed since the queue was last empty.
  [[nodiscard]] std::uint64_t frame_bytes_max() const { return frame_bytes_max_; }

  /// Takes the first group, or as many of its leading frames as fit `bytes_max`, at least one. The
  /// queue is not empty. Throws bad_alloc, having changed nothing.
  Group take(std::uint64_t bytes_max);

  /// Drops everything.
  void clear() noexcept;

 private:
  /// The last group may be one that `reserve` made and nothing was pushed to yet.
  [[nodiscard]] bool has_empty_back() const {
    return !groups_.empty() && groups_.back().records == 0;
  }
  [[nodiscard]] bool needs_new_group(std::size_t frame_bytes) const;
  Group split_front(std::uint64_t bytes_max);

  Lsn next_;
  std::deque<Group> groups_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t frame_bytes_max_ = 0;
  std::size_t group_bytes_expected_ = 0;  ///< Size of the last group taken.
};

}  // namespace seawall::commit
