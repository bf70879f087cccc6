#pragma once

/// \file
/// A record: one transaction, the payload of one frame. Its LSN is the group's first LSN plus the
/// frame's index (docs/format.md).
///
///   record    := kind(1)=1 interpreter_version:varint keys:varint key*
///                operations:varint operation*
///   key       := client:bytes producer:bytes id
///   id        := 0 | 1 integer:varint | 2 text:bytes | 3 text:bytes (may expire)
///   operation := 1 key_index:varint delta:bytes      apply
///              | 2 key_index:varint                  clear
///              | 3 key_index:varint                  clear, keep ids
///              | 4.. reserved: emit, park, expect    (refused as unsupported)
///   bytes     := length:varint byte*                 varint: LEB128

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/types.h"

#include "format/group.h"

namespace seawall::format {

enum class OperationKind : std::uint8_t { kApply = 1, kClear = 2, kClearKeepIds = 3 };

/// An idempotency key. `id` may be none for a clear.
struct KeyView {
  std::string_view client;
  std::string_view producer;
  BatchId id;
  bool expires = false;  ///< A text id that is remembered with the time of its group.
};

struct OperationView {
  OperationKind kind = OperationKind::kApply;
  std::size_t key_index = 0;
  std::string_view delta;
};

struct RecordView {
  std::uint32_t interpreter_version = 0;
  std::vector<KeyView> keys;
  std::vector<OperationView> operations;
};

/// Appends `record`'s payload to `out`.
void put_record(std::string& out, const RecordView& record);

/// Returns how many bytes `put_record` appends.
[[nodiscard]] std::uint64_t record_bytes(const RecordView& record);

/// Returns at most how many bytes `put_record` appends.
[[nodiscard]] std::size_t record_bytes_bound(const RecordView& record);

/// Reads a payload into `record`, whose vectors are reused; views borrow from `payload`. Faults:
/// `kDamaged`, and `kUnsupported` for a kind this version does not know.
[[nodiscard]] std::expected<void, GroupFault> decode_record(std::string_view payload,
                                                            RecordView& record);

}  // namespace seawall::format
