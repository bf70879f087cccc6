#pragma once

/// \file
/// Reads a segment front to back through a window, and searches one for group headers.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/group.h"
#include "storage/file/file_system.h"

namespace seawall::storage {

/// Bytes read ahead at once: large enough to run at the page cache's speed.
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 20;

class SegmentBytes {
 public:
  SegmentBytes(std::shared_ptr<const File> file, std::uint64_t bytes)
      : file_(std::move(file)), bytes_(bytes) {}

  /// Returns [offset, offset + length), cut at the segment's end; borrowed until the next call.
  [[nodiscard]] Result<std::string_view> view(std::uint64_t offset, std::uint64_t length);

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] Result<void> move_window(std::uint64_t offset, std::uint64_t length);

  std::shared_ptr<const File> file_;
  std::uint64_t bytes_;
  std::uint64_t window_offset_ = 0;
  std::string window_;
};

/// Calls `found` with each sound group header of log `log_id` at offsets `begin`, `begin` + 64, ...
/// of `segment`, until it returns false.
[[nodiscard]] Result<void> find_headers(
    SegmentBytes& segment, std::uint64_t begin, const LogId& log_id,
    const std::function<bool(const format::GroupHeader&, std::uint64_t offset)>& found);

/// Returns how many bytes from `begin` on are zeros before the first that is not.
[[nodiscard]] Result<std::uint64_t> count_zeros(SegmentBytes& segment, std::uint64_t begin);

}  // namespace seawall::storage
