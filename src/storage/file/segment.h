#pragma once

/// \file
/// A segment: a file of fixed size that holds groups (docs/format-files.md).
///
///        0  identity, 64 bytes, written once when the segment is prepared
///     4032  start block, 64 bytes, written together with the first group
///     4096  groups, each at a multiple of 64, up to the file's size
///
/// Identity and start block lie in different sectors, so that starting a segment puts nothing at
/// risk that was written before. With groups aligned to 4,096, for devices that may tear a whole
/// page, the same holds of pages: start block at 8128, groups from 8192.
/// A recycled segment keeps its old bytes behind the
/// identity; what makes them stale is that (epoch, group number) is never given out twice.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::storage {

inline constexpr std::size_t kIdentityBytes = 64;
inline constexpr std::size_t kStartBytes = 64;
inline constexpr std::uint64_t kPageBytes = 4096;

/// Groups start at multiples of at least this; also the step of a search for headers.
inline constexpr std::uint64_t kGroupStep = 64;

/// Smallest segment: the head and one page of groups; a page more with groups aligned to pages.
inline constexpr std::uint64_t kSegmentBytesFloor = 8192;
inline constexpr std::uint64_t kAlignedSegmentBytesFloor = 12288;

/// Segments are not made smaller than this for want of space.
inline constexpr std::uint64_t kTightSegmentBytes = std::uint64_t{32} << 10;

/// Numbers and sizes stay below these, so that a place in any segment fits into a `Location`.
inline constexpr std::uint64_t kSegmentNumberLimit = std::uint64_t{1} << 32;
inline constexpr std::uint64_t kSegmentBytesLimit = std::uint64_t{1} << 36;

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// A segment as the manifest lists it.
struct SegmentInfo {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::uint32_t align_bytes =
      static_cast<std::uint32_t>(kGroupStep);  ///< 64 or 4,096: groups start at multiples of it.

  /// Where groups begin; the start block ends there.
  [[nodiscard]] std::uint64_t groups_offset() const {
    return align_bytes < kPageBytes ? kPageBytes : 2 * kPageBytes;
  }
  [[nodiscard]] std::uint64_t start_offset() const { return groups_offset() - kStartBytes; }
  [[nodiscard]] std::uint64_t capacity() const { return bytes - groups_offset(); }
  /// What fits where files cannot be written from `writable_bytes` on.
  [[nodiscard]] std::uint64_t capacity_within(std::uint64_t writable_bytes) const {
    const std::uint64_t end = bytes < writable_bytes ? bytes : writable_bytes;
    return end > groups_offset() ? end - groups_offset() : 0;
  }
  [[nodiscard]] std::uint64_t aligned(std::uint64_t group_bytes) const {
    return round_up(group_bytes, align_bytes);
  }
  friend bool operator==(const SegmentInfo&, const SegmentInfo&) = default;
};

[[nodiscard]] constexpr bool is_alignment(std::uint32_t bytes) {
  return bytes == kGroupStep || bytes == kPageBytes;
}

/// Why bytes are not what they should be, where a version can be told.
struct BlockFault {
  bool unsupported = false;
  std::uint16_t version = 0;  ///< Meaningful when `unsupported`.
};

/// `recycled` says that the file may hold stale bytes where others hold zeros.
[[nodiscard]] std::string encode_identity(const LogId& log_id, const SegmentInfo& info,
                                          bool recycled);

/// Checks that `bytes` (64) are the identity of segment `info` of log `log_id`; returns whether it
/// was recycled.
[[nodiscard]] std::expected<bool, BlockFault> check_identity(std::string_view bytes,
                                                             const LogId& log_id,
                                                             const SegmentInfo& info);

/// Where a segment takes the log over. It fixes for ever where the segment before it ends.
struct StartBlock {
  std::uint64_t segment_number = 0;
  Epoch epoch;  ///< Of the writer that started the segment.
  std::uint64_t first_group = 0;
  Lsn first_lsn;
  std::uint32_t previous_checksum = 0;
  std::uint64_t previous_retention_us = 0;
  /// Groups copied from an earlier segment by the open that started this one: only these may carry
  /// an older epoch.
  std::uint16_t copied_groups = 0;
  Lsn copied_end;  ///< End of the copied groups; `first_lsn` without any.
};

/// `log_id` seeds the checksum.
[[nodiscard]] std::string encode_start(const LogId& log_id, const StartBlock& start);

enum class StartFault : std::uint8_t {
  kZeros,  ///< Never started.
  kStale,  ///< Sound and of the segment this file was before it was recycled.
  kBad,
};

[[nodiscard]] std::expected<StartBlock, StartFault> decode_start(std::string_view bytes,
                                                                 const LogId& log_id,
                                                                 std::uint64_t segment_number);

/// A group's place in 64 bits: segment number and offset / 64.
[[nodiscard]] Location make_location(std::uint64_t segment_number, std::uint64_t offset);
[[nodiscard]] Place place_of(Location location);

}  // namespace seawall::storage
