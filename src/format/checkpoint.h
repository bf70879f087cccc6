#pragma once

/// \file
/// A checkpoint object: the states of many clients, immutable, ending in an index.
///
///   object := header(64) body* index footer(64)
///   header := magic "SEAWALLC", version u16, header bytes u16, features 3 x u32, codec u16,
///             key id u16, log id(16), object number u64, zero, CRC-32C u32 of bytes 0..59
///   body   := CRC-32C u32, base_version:varint base:bytes deltas:varint delta*
///   delta  := lsn:varint interpreter_version:varint bytes
///   index  := entry*
///   entry  := client:bytes flags(1) up_to:varint last:varint incarnation:varint ids:bytes
///             [clear_ids:bytes] [body offset:varint length:varint]
///             [base object:varint offset:varint length:varint]
///   footer := index offset u64, index bytes u64, entries u64, CRC-32C of the index u32, zero,
///             object number u64, CRC-32C u32 of bytes 0..59
///
/// A body's CRC is seeded with log id, object number, offset and client, so that a sound body in
/// the wrong place does not hold. An entry whose base is elsewhere carries only the deltas after
/// that base: a large state is not rewritten for a few small deltas, and a cold read is two reads.
/// A base lies in an object of a lower number.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"

namespace seawall::format {

inline constexpr std::string_view kCheckpointMagic = "SEAWALLC";
inline constexpr std::size_t kCheckpointHeaderBytes = 64;
inline constexpr std::size_t kCheckpointFooterBytes = 64;

/// A body begins in an object's first 4 GiB: objects are finished long before (4 MiB).
inline constexpr std::uint64_t kBodyOffsetMax = UINT32_MAX;
/// Largest body, in bytes: 1 TiB, more than a state that is merged in memory can be.
inline constexpr std::uint64_t kBodyBytesMax = (std::uint64_t{1} << 40) - 1;

/// Where a body is. `object` 0 is nowhere.
struct BodyPlace {
  std::uint64_t object = 0;
  std::uint64_t offset = 0;  ///< At most kBodyOffsetMax.
  std::uint64_t length = 0;  ///< At most kBodyBytesMax.
  friend bool operator==(const BodyPlace&, const BodyPlace&) = default;
};

/// What the index says of one client. Views borrow from the index.
struct CheckpointEntry {
  std::string_view client;
  bool tombstone = false;      ///< No current life: older entries of this client are void.
  bool ended = false;          ///< Cleared with keep_ids.
  bool quarantined = false;    ///< May have lost records: not to be used until cleared.
  Lsn up_to;                   ///< Operations at or below are in this entry.
  Lsn last;                    ///< The client's last record.
  Lsn incarnation;             ///< LSN of the clear that began this life, 0 for the first.
  std::string_view ids;        ///< Encoded dedup sets of this life.
  std::string_view clear_ids;  ///< Encoded keys of clears, which outlive lives; may be empty.
  BodyPlace body;              ///< Nowhere when there is no state.
  BodyPlace base;              ///< Body that holds the base, when it is elsewhere.
};

struct DeltaView {
  Lsn lsn;
  std::uint32_t version = 0;
  std::string_view bytes;
};

/// A client's state: a serialized base (version 0: none here) and deltas not yet merged into it.
struct CheckpointBody {
  std::uint32_t base_version = 0;
  std::string_view base;
  std::vector<DeltaView> deltas;
};

struct CheckpointFooter {
  std::uint64_t index_offset = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t entries = 0;
  std::uint32_t index_checksum = 0;
  std::uint64_t object = 0;
  std::uint32_t checksum = 0;  ///< The footer's own; the manifest repeats it.
};

/// Builds one object in memory.
class CheckpointBuilder {
 public:
  CheckpointBuilder(const LogId& log_id, std::uint64_t object);

  /// Appends `body` (none for a tombstone or an ended client) and the entry, whose `body` place is
  /// set. Returns that place.
  BodyPlace add(CheckpointEntry entry, const CheckpointBody* body);

  [[nodiscard]] std::uint64_t object() const { return object_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.size() + index_.size(); }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

  /// Returns the whole object and sets `footer`. The builder is spent.
  [[nodiscard]] std::string finish(CheckpointFooter& footer);

 private:
  LogId log_id_;
  std::uint64_t object_;
  std::uint64_t entries_ = 0;
  std::string bytes_;
  std::string index_;
};

/// Checks the first bytes of an object.
[[nodiscard]] std::expected<void, GroupFault> check_checkpoint_header(std::string_view bytes,
                                                                      const LogId& log_id,
                                                                      std::uint64_t object);

/// Reads the last 64 bytes of an object of `object_bytes` bytes.
[[nodiscard]] std::expected<CheckpointFooter, GroupFault> decode_checkpoint_footer(
    std::string_view bytes, std::uint64_t object_bytes);

/// Walks an index whose checksum `footer` holds.
class IndexWalk {
 public:
  /// `index` must be the bytes `footer` speaks of; the walk is not `ok` when they do not match it.
  IndexWalk(std::string_view index, const CheckpointFooter& footer);

  /// Reads the next entry; false at the end or when not `ok`.
  [[nodiscard]] bool next(CheckpointEntry& entry);
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  std::uint64_t entries_left_;
  std::uint64_t bodies_end_;
  std::uint64_t object_;
  bool ok_;
};

/// Reads a body from its bytes, which are borrowed.
[[nodiscard]] std::expected<CheckpointBody, GroupFault> decode_checkpoint_body(
    std::string_view bytes, const LogId& log_id, std::string_view client, BodyPlace place);

}  // namespace seawall::format
