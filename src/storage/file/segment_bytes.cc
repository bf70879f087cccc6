#include "storage/file/segment_bytes.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/group.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"
#include "storage/file/segment.h"

namespace seawall::storage {
namespace {

bool is_zeros(std::string_view bytes) {
  // Each byte equals the one before it, and the first is zero: memcmp runs at memory speed.
  return bytes.empty() || (bytes.front() == '\0' &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

Result<std::string_view> SegmentBytes::view(std::uint64_t offset, std::uint64_t length) {
  length = offset < bytes_ ? std::min(length, bytes_ - offset) : 0;
  if (length == 0) return std::string_view{};
  if (offset < window_offset_ || offset + length > window_offset_ + window_.size()) {
    if (Result<void> moved = move_window(offset, length); !moved) {
      return std::unexpected(std::move(moved.error()));
    }
    length = std::min<std::uint64_t>(length, window_.size());
  }
  return std::string_view(window_).substr(offset - window_offset_, length);
}

// What the window has already moves to its front and is not read again.
Result<void> SegmentBytes::move_window(std::uint64_t offset, std::uint64_t length) {
  const bool overlaps = offset >= window_offset_ && offset < window_offset_ + window_.size();
  window_.erase(0, overlaps ? offset - window_offset_ : window_.size());
  if (!overlaps) unreadable_.clear();
  window_offset_ = offset;
  const std::uint64_t wanted = std::min(std::max(length, kWindowBytes), bytes_ - offset);
  return read_readable(*file_, offset + window_.size(), wanted - window_.size(), window_,
                       unreadable_);
}

Result<std::unique_ptr<SegmentBytes>> open_segment(Directory& directory, const SegmentInfo& info) {
  const std::string name = segment_name(info.number);
  Result<std::unique_ptr<File>> file = directory.open(name, OpenMode::kRead);
  if (file) return std::make_unique<SegmentBytes>(std::move(*file), info.bytes);
  if (file.error().code != Errc::kNotFound) return std::unexpected(std::move(file.error()));
  return std::unexpected(damage(name, 0, "the segment is missing"));
}

Result<void> find_headers(
    SegmentBytes& segment, std::uint64_t begin, const LogId& log_id,
    const std::function<bool(const format::GroupHeader&, std::uint64_t offset)>& found) {
  constexpr std::uint64_t kOverlap = format::kGroupHeaderBytes - kGroupStep;
  for (std::uint64_t at = round_up(begin, kGroupStep); at < segment.bytes();) {
    Result<std::string_view> chunk = segment.view(at, kWindowBytes);
    if (!chunk) return std::unexpected(std::move(chunk.error()));
    if (chunk->size() < format::kGroupHeaderBytes) return {};
    // The last step of a chunk is the first of the next, so that no header is cut.
    const std::uint64_t steps_bytes = chunk->size() - kOverlap;
    for (std::uint64_t step = 0; step < steps_bytes; step += kGroupStep) {
      const std::string_view head = chunk->substr(step);
      if (!head.starts_with(format::kGroupMagic)) continue;
      const auto header = format::decode_group_header(head.substr(0, format::kGroupHeaderBytes));
      if (header && header->log_id == log_id && !found(*header, at + step)) return {};
    }
    at += round_up(steps_bytes, kGroupStep);
  }
  return {};
}

Result<std::uint64_t> count_zeros(SegmentBytes& segment, std::uint64_t begin) {
  std::uint64_t at = begin;
  while (at < segment.bytes()) {
    Result<std::string_view> chunk = segment.view(at, kWindowBytes);
    if (!chunk) return std::unexpected(std::move(chunk.error()));
    if (chunk->empty()) break;
    if (!is_zeros(*chunk)) {
      const auto first = std::ranges::find_if(*chunk, [](char c) { return c != '\0'; });
      return at - begin + static_cast<std::uint64_t>(first - chunk->begin());
    }
    at += chunk->size();
  }
  return at - begin;
}

}  // namespace seawall::storage
