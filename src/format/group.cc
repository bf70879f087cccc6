#include "format/group.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>

#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"

namespace seawall::format {
namespace {

using base::load_le;
using base::store_le;

// Field offsets, as the table in the header has them.
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 10;
constexpr std::size_t kReadOnlyFeaturesAt = 16;
constexpr std::size_t kIncompatibleFeaturesAt = 20;
constexpr std::size_t kCodecAt = 24;
constexpr std::size_t kRecordsAt = 28;
constexpr std::size_t kLogIdAt = 32;
constexpr std::size_t kEpochAt = 48;
constexpr std::size_t kGroupNumberAt = 56;
constexpr std::size_t kFirstLsnAt = 64;
constexpr std::size_t kFramesBytesAt = 72;
constexpr std::size_t kWallAt = 80;
constexpr std::size_t kDurableAt = 88;
constexpr std::size_t kPreviousAt = 96;
constexpr std::size_t kFramesChecksumAt = 100;
constexpr std::size_t kInterpreterAt = 104;
constexpr std::size_t kRetentionAt = 108;
constexpr std::size_t kUptimeAt = 116;
constexpr std::size_t kChecksumAt = 124;

struct FrameHead {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;
};

FrameHead load_head(std::string_view frames) {
  return {load_le<std::uint32_t>(frames.data()), load_le<std::uint32_t>(frames.data() + 4)};
}

std::uint32_t frame_checksum(std::string_view length, std::string_view payload) {
  return base::crc32c(payload, base::crc32c(length));
}

}  // namespace

GroupHeader seal_group(GroupHeader header, std::string& group) {
  const std::string_view frames = std::string_view(group).substr(kGroupHeaderBytes);
  header.records = 0;
  header.frames_bytes = frames.size();
  header.frames_checksum = 0;
  for (std::string_view rest = frames; !rest.empty(); ++header.records) {
    header.frames_checksum = base::crc32c(rest.substr(0, kFrameHeadBytes), header.frames_checksum);
    rest.remove_prefix(kFrameHeadBytes + load_head(rest).length);
  }
  char* at = group.data();
  std::fill_n(at, kGroupHeaderBytes, '\0');
  std::copy(kGroupMagic.begin(), kGroupMagic.end(), at);
  store_le(at + kVersionAt, kFormatVersion);
  store_le(at + kHeaderBytesAt, static_cast<std::uint16_t>(kGroupHeaderBytes));
  store_le(at + kRecordsAt, header.records);
  std::memcpy(at + kLogIdAt, header.log_id.data(), header.log_id.size());
  store_le(at + kEpochAt, header.epoch.value);
  store_le(at + kGroupNumberAt, header.group_number);
  store_le(at + kFirstLsnAt, header.first_lsn.value);
  store_le(at + kFramesBytesAt, header.frames_bytes);
  store_le(at + kWallAt, header.time.wall_us);
  store_le(at + kDurableAt, header.durable.value);
  store_le(at + kPreviousAt, header.previous_checksum);
  store_le(at + kFramesChecksumAt, header.frames_checksum);
  store_le(at + kInterpreterAt, header.interpreter_fingerprint);
  store_le(at + kRetentionAt, header.time.retention_us);
  store_le(at + kUptimeAt, header.time.uptime_s);
  header.checksum = base::crc32c(std::string_view(group).substr(0, kChecksumAt));
  store_le(at + kChecksumAt, header.checksum);
  return header;
}

std::expected<GroupHeader, GroupFault> decode_group_header(std::string_view bytes) {
  if (bytes.size() < kGroupHeaderBytes || !bytes.starts_with(kGroupMagic)) {
    return std::unexpected(GroupFault::kAbsent);
  }
  const char* at = bytes.data();
  GroupHeader header;
  header.checksum = base::crc32c(bytes.substr(0, kChecksumAt));
  if (load_le<std::uint32_t>(at + kChecksumAt) != header.checksum) {
    return std::unexpected(GroupFault::kDamaged);
  }
  // From here on the bytes are what a writer wrote; what is odd about them is of its version.
  const auto version = load_le<std::uint16_t>(at + kVersionAt);
  if (version < kFormatVersionMin || version > kFormatVersion ||
      load_le<std::uint32_t>(at + kIncompatibleFeaturesAt) != 0 ||
      load_le<std::uint32_t>(at + kReadOnlyFeaturesAt) != 0 ||
      load_le<std::uint32_t>(at + kCodecAt) != 0) {
    return std::unexpected(GroupFault::kUnsupported);
  }
  header.records = load_le<std::uint32_t>(at + kRecordsAt);
  std::memcpy(header.log_id.data(), at + kLogIdAt, header.log_id.size());
  header.epoch = Epoch{load_le<std::uint64_t>(at + kEpochAt)};
  header.group_number = load_le<std::uint64_t>(at + kGroupNumberAt);
  header.first_lsn = Lsn{load_le<std::uint64_t>(at + kFirstLsnAt)};
  header.frames_bytes = load_le<std::uint64_t>(at + kFramesBytesAt);
  header.time = {.wall_us = load_le<std::uint64_t>(at + kWallAt),
                 .retention_us = load_le<std::uint64_t>(at + kRetentionAt),
                 .uptime_s = load_le<std::uint32_t>(at + kUptimeAt)};
  header.durable = Lsn{load_le<std::uint64_t>(at + kDurableAt)};
  header.previous_checksum = load_le<std::uint32_t>(at + kPreviousAt);
  header.frames_checksum = load_le<std::uint32_t>(at + kFramesChecksumAt);
  header.interpreter_fingerprint = load_le<std::uint32_t>(at + kInterpreterAt);
  const bool plausible = load_le<std::uint16_t>(at + kHeaderBytesAt) == kGroupHeaderBytes &&
                         header.records > 0 && header.group_number > 0 &&
                         header.first_lsn.value > 0 && header.durable < header.first_lsn &&
                         header.frames_bytes <= kGroupBytesMax &&
                         header.frames_bytes / kFrameHeadBytes >= header.records;
  if (!plausible) return std::unexpected(GroupFault::kDamaged);
  return header;
}

bool frames_valid(const GroupHeader& header, std::string_view frames) {
  if (frames.size() != header.frames_bytes) return false;
  std::uint32_t heads_checksum = 0;
  std::uint32_t records = 0;
  while (!frames.empty()) {
    if (frames.size() < kFrameHeadBytes) return false;
    const FrameHead head = load_head(frames);
    if (head.length > frames.size() - kFrameHeadBytes) return false;
    heads_checksum = base::crc32c(frames.substr(0, kFrameHeadBytes), heads_checksum);
    if (frame_checksum(frames.substr(0, 4), frames.substr(kFrameHeadBytes, head.length)) !=
        head.checksum) {
      return false;
    }
    frames.remove_prefix(kFrameHeadBytes + head.length);
    ++records;
  }
  return records == header.records && heads_checksum == header.frames_checksum;
}

void put_frame(std::string& out, std::string_view payload) {
  const std::size_t head = out.size();
  out.append(kFrameHeadBytes, '\0');
  out.append(payload);
  seal_frame(out, head);
}

void seal_frame(std::string& out, std::size_t head) {
  const std::string_view payload = std::string_view(out).substr(head + kFrameHeadBytes);
  store_le(out.data() + head, static_cast<std::uint32_t>(payload.size()));
  const std::string_view length(out.data() + head, 4);
  store_le(out.data() + head + 4, frame_checksum(length, payload));
}

std::string_view FrameWalk::next() {
  const std::string_view payload = rest_.substr(kFrameHeadBytes, load_head(rest_).length);
  rest_.remove_prefix(kFrameHeadBytes + payload.size());
  return payload;
}

}  // namespace seawall::format
