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

  /// Appends a sealed frame.
  void push(std::string_view frame);

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// Bytes that appending everything here may take, headers included, alignment not.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t groups() const { return groups_.size(); }
  /// Longest single frame pushed since the queue was last empty.
  [[nodiscard]] std::uint64_t frame_bytes_max() const { return frame_bytes_max_; }

  /// Takes the first group, or as many of its leading frames as fit `bytes_max`, at least one.
  Group take(std::uint64_t bytes_max);

  /// Drops everything.
  void clear();

 private:
  Group split_front(std::uint64_t bytes_max);

  Lsn next_;
  std::deque<Group> groups_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t frame_bytes_max_ = 0;
  std::size_t group_bytes_expected_ = 0;  ///< Size of the last group taken.
};

}  // namespace seawall::commit
