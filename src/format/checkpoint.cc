#include "format/checkpoint.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "format/group.h"

namespace seawall::format {
namespace {

using base::load_le;
using base::store_le;

constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 10;
constexpr std::size_t kReadOnlyFeaturesAt = 16;
constexpr std::size_t kIncompatibleFeaturesAt = 20;
constexpr std::size_t kCodecAt = 24;
constexpr std::size_t kLogIdAt = 28;
constexpr std::size_t kObjectAt = 44;
constexpr std::size_t kChecksumAt = 60;

constexpr std::size_t kIndexBytesAt = 8;
constexpr std::size_t kEntriesAt = 16;
constexpr std::size_t kIndexChecksumAt = 24;
constexpr std::size_t kFooterObjectAt = 32;

constexpr std::size_t kEntryBytesMin = 6;
constexpr std::size_t kDeltaBytesMin = 3;

constexpr std::uint8_t kTombstoneFlag = 1;
constexpr std::uint8_t kEndedFlag = 2;
constexpr std::uint8_t kClearIdsFlag = 4;
constexpr std::uint8_t kBodyFlag = 8;
constexpr std::uint8_t kBaseElsewhereFlag = 16;
constexpr std::uint8_t kQuarantinedFlag = 32;
constexpr std::uint8_t kFlagsKnown = 63;

std::uint32_t body_checksum(std::string_view rest, const LogId& log_id, std::string_view client,
                            const BodyPlace& place) {
  std::string seed(log_id.size(), '\0');
  std::memcpy(seed.data(), log_id.data(), log_id.size());
  base::put_le(seed, place.object);
  base::put_le(seed, place.offset);
  base::put_bytes(seed, client);
  return base::crc32c(rest, base::crc32c(seed));
}

void put_body(std::string& out, const CheckpointBody& body) {
  base::put_varint(out, body.base_version);
  base::put_bytes(out, body.base);
  base::put_varint(out, body.deltas.size());
  for (const DeltaView& delta : body.deltas) {
    base::put_varint(out, delta.lsn.value);
    base::put_varint(out, delta.version);
    base::put_bytes(out, delta.bytes);
  }
}

std::uint8_t entry_flags(const CheckpointEntry& entry) {
  unsigned flags = 0;
  if (entry.tombstone) flags |= kTombstoneFlag;
  if (entry.ended) flags |= kEndedFlag;
  if (!entry.clear_ids.empty()) flags |= kClearIdsFlag;
  if (entry.body.object != 0) flags |= kBodyFlag;
  if (entry.base.object != 0) flags |= kBaseElsewhereFlag;
  if (entry.quarantined) flags |= kQuarantinedFlag;
  return static_cast<std::uint8_t>(flags);
}

BodyPlace read_place(std::uint64_t object, base::Reader& reader) {
  const BodyPlace place{object, reader.varint(), reader.varint()};
  if (place.offset > kBodyOffsetMax || place.length > kBodyBytesMax) reader.fail();
  return place;
}

std::uint32_t varint32(base::Reader& reader) {
  const std::uint64_t value = reader.varint();
  if (value > std::numeric_limits<std::uint32_t>::max()) reader.fail();
  return static_cast<std::uint32_t>(value);
}

// A round takes a base over from an older object and never puts it behind the entry or beside it. A
// reference forward would count bytes of an object that is not read yet, and one into the same
// object would be a chain.
bool places_hold(const CheckpointEntry& entry, std::uint64_t object, std::uint64_t bodies_end) {
  const std::uint64_t body_end = entry.body.offset + entry.body.length;
  const bool has_base = entry.base.object != 0;
  return body_end <= bodies_end && entry.base.object < object &&
         (!has_base || entry.body.object != 0);
}

}  // namespace

CheckpointBuilder::CheckpointBuilder(const LogId& log_id, std::uint64_t object)
    : log_id_(log_id), object_(object), bytes_(kCheckpointHeaderBytes, '\0') {
  char* at = bytes_.data();
  std::copy(kCheckpointMagic.begin(), kCheckpointMagic.end(), at);
  store_le(at + kVersionAt, kFormatVersion);
  store_le(at + kHeaderBytesAt, static_cast<std::uint16_t>(kCheckpointHeaderBytes));
  std::memcpy(at + kLogIdAt, log_id_.data(), log_id_.size());
  store_le(at + kObjectAt, object_);
  store_le(at + kChecksumAt, base::crc32c(std::string_view(bytes_).substr(0, kChecksumAt)));
}

BodyPlace CheckpointBuilder::add(CheckpointEntry entry, const CheckpointBody* body) {
  entry.body = {};
  if (body != nullptr) {
    const std::size_t start = bytes_.size();
    entry.body = {object_, start, 0};
    bytes_.append(sizeof(std::uint32_t), '\0');
    put_body(bytes_, *body);
    entry.body.length = bytes_.size() - start;
    const std::string_view rest = std::string_view(bytes_).substr(start + sizeof(std::uint32_t));
    store_le(bytes_.data() + start, body_checksum(rest, log_id_, entry.client, entry.body));
  }
  base::put_bytes(index_, entry.client);
  index_.push_back(static_cast<char>(entry_flags(entry)));
  base::put_varint(index_, entry.up_to.value);
  base::put_varint(index_, entry.last.value);
  base::put_varint(index_, entry.incarnation.value);
  base::put_bytes(index_, entry.ids);
  if (!entry.clear_ids.empty()) base::put_bytes(index_, entry.clear_ids);
  if (entry.body.object != 0) {
    base::put_varint(index_, entry.body.offset);
    base::put_varint(index_, entry.body.length);
  }
  if (entry.base.object != 0) {
    base::put_varint(index_, entry.base.object);
    base::put_varint(index_, entry.base.offset);
    base::put_varint(index_, entry.base.length);
  }
  ++entries_;
  return entry.body;
}

std::string CheckpointBuilder::finish(CheckpointFooter& footer) {
  footer = {bytes_.size(), index_.size(), entries_, base::crc32c(index_), object_, 0};
  bytes_ += index_;
  std::string tail(kCheckpointFooterBytes, '\0');
  store_le(tail.data(), footer.index_offset);
  store_le(tail.data() + kIndexBytesAt, footer.index_bytes);
  store_le(tail.data() + kEntriesAt, footer.entries);
  store_le(tail.data() + kIndexChecksumAt, footer.index_checksum);
  store_le(tail.data() + kFooterObjectAt, footer.object);
  footer.checksum = base::crc32c(std::string_view(tail).substr(0, kChecksumAt));
  store_le(tail.data() + kChecksumAt, footer.checksum);
  bytes_ += tail;
  return std::move(bytes_);
}

std::expected<void, GroupFault> check_checkpoint_header(std::string_view bytes, const LogId& log_id,
                                                        std::uint64_t object) {
  if (bytes.size() < kCheckpointHeaderBytes || !bytes.starts_with(kCheckpointMagic)) {
    return std::unexpected(GroupFault::kAbsent);
  }
  const char* at = bytes.data();
  if (load_le<std::uint32_t>(at + kChecksumAt) != base::crc32c(bytes.substr(0, kChecksumAt))) {
    return std::unexpected(GroupFault::kDamaged);
  }
  const auto version = load_le<std::uint16_t>(at + kVersionAt);
  if (version < kFormatVersionMin || version > kFormatVersion ||
      load_le<std::uint32_t>(at + kReadOnlyFeaturesAt) != 0 ||
      load_le<std::uint32_t>(at + kIncompatibleFeaturesAt) != 0 ||
      load_le<std::uint32_t>(at + kCodecAt) != 0) {
    return std::unexpected(GroupFault::kUnsupported);
  }
  if (std::memcmp(at + kLogIdAt, log_id.data(), log_id.size()) != 0 ||
      load_le<std::uint64_t>(at + kObjectAt) != object) {
    return std::unexpected(GroupFault::kDamaged);
  }
  return {};
}

std::expected<CheckpointFooter, GroupFault> decode_checkpoint_footer(std::string_view bytes,
                                                                     std::uint64_t object_bytes) {
  constexpr std::uint64_t kFrameBytes = kCheckpointHeaderBytes + kCheckpointFooterBytes;
  if (bytes.size() != kCheckpointFooterBytes || object_bytes < kFrameBytes) {
    return std::unexpected(GroupFault::kAbsent);
  }
  const char* at = bytes.data();
  CheckpointFooter footer;
  footer.index_offset = load_le<std::uint64_t>(at);
  footer.index_bytes = load_le<std::uint64_t>(at + kIndexBytesAt);
  footer.entries = load_le<std::uint64_t>(at + kEntriesAt);
  footer.index_checksum = load_le<std::uint32_t>(at + kIndexChecksumAt);
  footer.object = load_le<std::uint64_t>(at + kFooterObjectAt);
  footer.checksum = base::crc32c(bytes.substr(0, kChecksumAt));
  const std::uint64_t inner_bytes = object_bytes - kCheckpointFooterBytes;
  const bool holds = load_le<std::uint32_t>(at + kChecksumAt) == footer.checksum &&
                     footer.index_offset >= kCheckpointHeaderBytes &&
                     footer.index_offset <= inner_bytes &&
                     footer.index_bytes == inner_bytes - footer.index_offset &&
                     footer.entries <= footer.index_bytes / kEntryBytesMin;
  if (!holds) return std::unexpected(GroupFault::kDamaged);
  return footer;
}

IndexWalk::IndexWalk(std::string_view index, const CheckpointFooter& footer)
    : rest_(index),
      entries_left_(footer.entries),
      bodies_end_(footer.index_offset),
      object_(footer.object),
      ok_(index.size() == footer.index_bytes && base::crc32c(index) == footer.index_checksum) {}

bool IndexWalk::next(CheckpointEntry& entry) {
  if (!ok_) return false;
  if (entries_left_ == 0) {
    ok_ = rest_.empty();
    return false;
  }
  base::Reader reader(rest_);
  entry = {};
  entry.client = reader.bytes();
  const auto flags = reader.le<std::uint8_t>();
  entry.tombstone = (flags & kTombstoneFlag) != 0;
  entry.ended = (flags & kEndedFlag) != 0;
  entry.quarantined = (flags & kQuarantinedFlag) != 0;
  entry.up_to = Lsn{reader.varint()};
  entry.last = Lsn{reader.varint()};
  entry.incarnation = Lsn{reader.varint()};
  entry.ids = reader.bytes();
  if ((flags & kClearIdsFlag) != 0) entry.clear_ids = reader.bytes();
  if ((flags & kBodyFlag) != 0) {
    entry.body = read_place(object_, reader);
  }
  if ((flags & kBaseElsewhereFlag) != 0) {
    const std::uint64_t object = reader.varint();
    entry.base = read_place(object, reader);
  }
  ok_ = reader.ok() && !entry.client.empty() && flags <= kFlagsKnown &&
        places_hold(entry, object_, bodies_end_);
  --entries_left_;
  rest_ = rest_.substr(rest_.size() - reader.remaining());
  return ok_;
}

std::expected<CheckpointBody, GroupFault> decode_checkpoint_body(std::string_view bytes,
                                                                 const LogId& log_id,
                                                                 std::string_view client,
                                                                 BodyPlace place) {
  base::Reader reader(bytes);
  const auto checksum = reader.le<std::uint32_t>();
  if (!reader.ok() || bytes.size() != place.length ||
      checksum != body_checksum(bytes.substr(sizeof checksum), log_id, client, place)) {
    return std::unexpected(GroupFault::kDamaged);
  }
  CheckpointBody body;
  body.base_version = varint32(reader);
  body.base = reader.bytes();
  const std::uint64_t count = reader.varint();
  if (count > reader.remaining() / kDeltaBytesMin) return std::unexpected(GroupFault::kDamaged);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Lsn lsn{reader.varint()};
    const std::uint32_t version = varint32(reader);
    body.deltas.push_back({lsn, version, reader.bytes()});
  }
  if (!reader.done()) return std::unexpected(GroupFault::kDamaged);
  return body;
}

}  // namespace seawall::format
