#include "format/record.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>

#include "seawall/types.h"

#include "base/coding.h"
#include "format/group.h"

namespace seawall::format {
namespace {

constexpr std::uint8_t kRecordKind = 1;
constexpr std::uint8_t kNoId = 0;
constexpr std::uint8_t kIntegerId = 1;
constexpr std::uint8_t kTextId = 2;
constexpr std::uint8_t kTimedTextId = 3;
constexpr std::size_t kVarintBytesMax = 10;

// The least bytes a key and an operation take; bounds what a count may claim.
constexpr std::size_t kKeyBytesMin = 4;
constexpr std::size_t kOperationBytesMin = 2;

void put_key(std::string& out, const KeyView& key) {
  base::put_bytes(out, key.client);
  base::put_bytes(out, key.producer);
  if (key.id.is_integer()) {
    out.push_back(static_cast<char>(kIntegerId));
    base::put_varint(out, key.id.integer());
  } else if (key.id.is_text()) {
    out.push_back(static_cast<char>(key.expires ? kTimedTextId : kTextId));
    base::put_bytes(out, key.id.text());
  } else {
    out.push_back(static_cast<char>(kNoId));
  }
}

void read_id(base::Reader& reader, KeyView& key) {
  const auto kind = reader.le<std::uint8_t>();
  switch (kind) {
    case kNoId:
      return;
    case kIntegerId: {
      const std::uint64_t value = reader.varint();
      if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) break;
      key.id = BatchId(value);
      return;
    }
    case kTextId:
    case kTimedTextId:
      key.id = BatchId(reader.bytes());
      key.expires = kind == kTimedTextId;
      if (key.id.is_text()) return;
      break;
    default:
      break;
  }
  reader.fail();
}

bool read_keys(base::Reader& reader, RecordView& record) {
  const std::uint64_t count = reader.varint();
  if (count == 0 || count > reader.remaining() / kKeyBytesMin) return false;
  record.keys.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view client = reader.bytes();
    const std::string_view producer = reader.bytes();
    if (client.empty() || client.size() > kNameBytesMax || producer.size() > kNameBytesMax) {
      return false;
    }
    KeyView& key = record.keys.emplace_back();
    key.client = client;
    key.producer = producer;
    read_id(reader, key);
  }
  return reader.ok();
}

std::expected<void, GroupFault> read_operations(base::Reader& reader, RecordView& record) {
  const std::uint64_t count = reader.varint();
  if (count == 0 || count > reader.remaining() / kOperationBytesMin) {
    return std::unexpected(GroupFault::kDamaged);
  }
  record.operations.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto kind = reader.le<std::uint8_t>();
    if (!reader.ok()) return std::unexpected(GroupFault::kDamaged);
    if (kind < 1 || kind > 3) return std::unexpected(GroupFault::kUnsupported);
    OperationView operation{static_cast<OperationKind>(kind), reader.varint(), {}};
    if (operation.kind == OperationKind::kApply) operation.delta = reader.bytes();
    if (!reader.ok() || operation.key_index >= record.keys.size()) {
      return std::unexpected(GroupFault::kDamaged);
    }
    const BatchId& id = record.keys[operation.key_index].id;
    if (operation.kind == OperationKind::kApply && id.is_none()) {
      return std::unexpected(GroupFault::kDamaged);
    }
    record.operations.push_back(operation);
  }
  return {};
}

}  // namespace

void put_record(std::string& out, const RecordView& record) {
  out.push_back(static_cast<char>(kRecordKind));
  base::put_varint(out, record.interpreter_version);
  base::put_varint(out, record.keys.size());
  for (const KeyView& key : record.keys) put_key(out, key);
  base::put_varint(out, record.operations.size());
  for (const OperationView& operation : record.operations) {
    out.push_back(static_cast<char>(operation.kind));
    base::put_varint(out, operation.key_index);
    if (operation.kind == OperationKind::kApply) base::put_bytes(out, operation.delta);
  }
}

std::uint64_t record_bytes(const RecordView& record) {
  const auto varint = [](std::uint64_t value) -> std::uint64_t {
    constexpr unsigned kBits = 7;
    return value == 0 ? 1 : (std::bit_width(value) + kBits - 1) / kBits;
  };
  const auto bytes = [&](std::string_view text) { return varint(text.size()) + text.size(); };
  std::uint64_t total = 1 + varint(record.interpreter_version) + varint(record.keys.size()) +
                        varint(record.operations.size());
  for (const KeyView& key : record.keys) {
    total += bytes(key.client) + bytes(key.producer) + 1;
    if (key.id.is_integer()) total += varint(key.id.integer());
    if (key.id.is_text()) total += bytes(key.id.text());
  }
  for (const OperationView& operation : record.operations) {
    total += 1 + varint(operation.key_index);
    if (operation.kind == OperationKind::kApply) total += bytes(operation.delta);
  }
  return total;
}

std::size_t record_bytes_bound(const RecordView& record) {
  std::size_t bytes = 4 * kVarintBytesMax;
  for (const KeyView& key : record.keys) {
    bytes += key.client.size() + key.producer.size() + key.id.text().size() + 4 * kVarintBytesMax;
  }
  for (const OperationView& operation : record.operations) {
    bytes += operation.delta.size() + 3 * kVarintBytesMax;
  }
  return bytes;
}

std::expected<void, GroupFault> decode_record(std::string_view payload, RecordView& record) {
  base::Reader reader(payload);
  const auto kind = reader.le<std::uint8_t>();
  if (!reader.ok()) return std::unexpected(GroupFault::kDamaged);
  if (kind != kRecordKind) return std::unexpected(GroupFault::kUnsupported);
  const std::uint64_t version = reader.varint();
  if (version == 0 || version > std::numeric_limits<std::uint32_t>::max()) {
    return std::unexpected(GroupFault::kDamaged);
  }
  record.interpreter_version = static_cast<std::uint32_t>(version);
  if (!read_keys(reader, record)) return std::unexpected(GroupFault::kDamaged);
  if (auto read = read_operations(reader, record); !read) return read;
  if (!reader.done()) return std::unexpected(GroupFault::kDamaged);
  return {};
}

}  // namespace seawall::format
