#pragma once

/// \file
/// Reads a segment front to back through a window, past what a failing device does not give back,
/// and searches one for group headers.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/group.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"
#include "storage/file/segment.h"

namespace seawall::storage {

/// Bytes read ahead at once: large enough to run at the page cache's speed.
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 20;

class SegmentBytes {
 public:
  SegmentBytes(std::shared_ptr<const File> file, std::uint64_t bytes)
      : file_(std::move(file)), bytes_(bytes) {}

  /// Returns [offset, offset + length), cut at the segment's end; borrowed until the next call.
  /// Unreadable sectors are zeros.
  [[nodiscard]] Result<std::string_view> view(std::uint64_t offset, std::uint64_t length);

  /// Returns why a byte of [offset, offset + length) cannot be read, if one of what the last `view`
  /// returned cannot.
  [[nodiscard]] std::optional<Error> unreadable(std::uint64_t offset, std::uint64_t length) const {
    return unreadable_.find(offset, length);
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] Result<void> move_window(std::uint64_t offset, std::uint64_t length);

  std::shared_ptr<const File> file_;
  std::uint64_t bytes_;
  std::uint64_t window_offset_ = 0;
  std::string window_;
  UnreadableRanges unreadable_;  ///< In the window.
};

/// Opens segment `info` to read it. A walk opens each segment when it comes to it, so that it holds
/// a few descriptors however many segments there are. Errors: `kCorrupt` when it is missing.
[[nodiscard]] Result<std::unique_ptr<SegmentBytes>> open_segment(Directory& directory,
                                                                 const SegmentInfo& info);

/// Calls `found` with each sound group header of log `log_id` at offsets `begin`, `begin` + 64, ...
/// of `segment`, until it returns false.
[[nodiscard]] Result<void> find_headers(
    SegmentBytes& segment, std::uint64_t begin, const LogId& log_id,
    const std::function<bool(const format::GroupHeader&, std::uint64_t offset)>& found);

/// Returns how many bytes from `begin` on are zeros before the first that is not.
[[nodiscard]] Result<std::uint64_t> count_zeros(SegmentBytes& segment, std::uint64_t begin);

}  // namespace seawall::storage
