// Records: what decodes refers to keys that exist, and encodes to the same again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "format/record.h"
#include "fuzz/fuzz_input.h"

namespace seawall::fuzz {
namespace {

bool same(const format::RecordView& left, const format::RecordView& right) {
  if (left.interpreter_version != right.interpreter_version ||
      left.keys.size() != right.keys.size() || left.operations.size() != right.operations.size()) {
    return false;
  }
  for (std::size_t at = 0; at < left.keys.size(); ++at) {
    const format::KeyView& one = left.keys[at];
    const format::KeyView& other = right.keys[at];
    if (one.client != other.client || one.producer != other.producer || one.id != other.id ||
        one.expires != other.expires) {
      return false;
    }
  }
  for (std::size_t at = 0; at < left.operations.size(); ++at) {
    const format::OperationView& one = left.operations[at];
    const format::OperationView& other = right.operations[at];
    if (one.kind != other.kind || one.key_index != other.key_index || one.delta != other.delta) {
      return false;
    }
  }
  return true;
}

void judge(std::string_view payload) {
  format::RecordView record;
  if (!format::decode_record(payload, record)) return;
  for (const format::OperationView& operation : record.operations) {
    require(operation.key_index < record.keys.size());
  }
  std::string encoded;
  format::put_record(encoded, record);
  require(encoded.size() <= format::record_bytes_bound(record));
  format::RecordView again;
  require(format::decode_record(encoded, again).has_value());
  require(same(record, again));
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seawall::fuzz::judge(std::string(data, data + size));
  return 0;
}
