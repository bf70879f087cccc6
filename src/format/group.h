#pragma once

/// \file
/// A group: what one flush makes durable. Header, then frames of one record each (docs/format.md).
///
///   offset  size  field                offset  size  field
///        0     8  magic "SEAWALLG"         64     8  first LSN
///        8     2  format version           72     8  bytes of frames
///       10     2  header bytes (128)       80     8  wall time, us since 1970
///       12     4  compatible features      88     8  durable LSN when issued
///       16     4  read-only compatible     96     4  checksum of the previous group
///       20     4  incompatible features   100     4  checksum of the frames' heads
///       24     2  codec (0)               104     4  interpreter fingerprint
///       26     2  key id (0)              108     8  retention clock, us
///       28     4  records                 116     4  uptime of the machine, s
///       32    16  log id                  120     4  zero
///       48     8  epoch                   124     4  CRC-32C of bytes 0..123
///       56     8  group number
///
///   frame: u32 length, u32 CRC-32C over length and payload, payload
///
/// The header's CRC covers the frames' checksum, which covers each frame's length and CRC, so that
/// the header's CRC stands for the whole group in the next group's chain. The incompatible features
/// are judged before anything else is believed.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::format {

inline constexpr std::string_view kGroupMagic = "SEAWALLG";
inline constexpr std::size_t kGroupHeaderBytes = 128;
inline constexpr std::size_t kFrameHeadBytes = 8;

/// Groups are issued at this size or below, unless one record is longer: a buffered 4 MiB write and
/// flush took ten times as long as 1 MiB on ext4 (docs/design/0002-file-layout.md).
inline constexpr std::uint64_t kGroupBytesTarget = std::uint64_t{1} << 20;

/// No group is longer: the largest record that options allow, and its heads.
inline constexpr std::uint64_t kGroupBytesMax = (std::uint64_t{1} << 30) + (std::uint64_t{1} << 20);

/// No record is longer: with its frame's head it is a group of its own.
inline constexpr std::uint64_t kRecordBytesMax =
    kGroupBytesMax - kGroupHeaderBytes - kFrameHeadBytes;

struct GroupHeader {
  std::uint32_t records = 0;
  LogId log_id{};
  Epoch epoch;
  std::uint64_t group_number = 0;
  Lsn first_lsn;
  std::uint64_t frames_bytes = 0;
  GroupTime time;
  Lsn durable;
  std::uint32_t previous_checksum = 0;
  std::uint32_t frames_checksum = 0;
  std::uint32_t interpreter_fingerprint = 0;
  /// CRC-32C of the header, which stands for the group. Set by encode and decode.
  std::uint32_t checksum = 0;

  [[nodiscard]] std::uint64_t group_bytes() const { return kGroupHeaderBytes + frames_bytes; }
  [[nodiscard]] Lsn end_lsn() const { return Lsn{first_lsn.value + records}; }
};

/// Why bytes are not a group.
enum class GroupFault : std::uint8_t {
  kAbsent,       ///< No magic, or too few bytes.
  kDamaged,      ///< Magic, but a checksum or a field does not hold.
  kUnsupported,  ///< Sound header of a newer version or with unknown incompatible features.
};

/// Writes `header` into the first 128 bytes of `group`, whose frames already follow, and returns it
/// with `records`, `frames_bytes`, `frames_checksum` and `checksum` set from the frames.
GroupHeader seal_group(GroupHeader header, std::string& group);

/// Reads the header at the front of `bytes`; what follows it is not looked at.
[[nodiscard]] std::expected<GroupHeader, GroupFault> decode_group_header(std::string_view bytes);

/// Returns whether `frames` are the frames `header` speaks of: lengths, count, every checksum.
[[nodiscard]] bool frames_valid(const GroupHeader& header, std::string_view frames);

/// Appends the frame of `payload` to `out`.
void put_frame(std::string& out, std::string_view payload);

/// Completes a frame whose 8 head bytes were reserved at `head` and whose payload ends `out`.
void seal_frame(std::string& out, std::size_t head);

/// Walks the payloads of frames that `frames_valid` accepted.
class FrameWalk {
 public:
  explicit FrameWalk(std::string_view frames) : rest_(frames) {}
  [[nodiscard]] bool done() const { return rest_.size() < kFrameHeadBytes; }
  /// Returns the next payload, borrowed.
  std::string_view next();

 private:
  std::string_view rest_;
};

}  // namespace seawall::format
