// Checkpoint objects: header, footer, index and bodies.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "format/checkpoint.h"
#include "fuzz/fuzz_input.h"
#include "state/dedup_set.h"

namespace seawall::fuzz {
namespace {

void judge_ids(std::string_view ids) {
  base::Reader reader(ids);
  static_cast<void>(state::DedupSets::decode(reader));
}

/// Above most base objects that small inputs name, and below some.
constexpr std::uint64_t kObject = 1000;

void judge_index(std::string_view index, std::uint64_t entries) {
  format::CheckpointFooter footer;
  footer.index_offset = std::uint64_t{1} << 20;
  footer.index_bytes = index.size();
  footer.entries = entries;
  footer.index_checksum = base::crc32c(index);
  footer.object = kObject;
  format::IndexWalk walk(index, footer);
  format::CheckpointEntry entry;
  for (std::uint64_t count = 0; walk.next(entry); ++count) {
    require(count < entries);
    require(entry.base.object < kObject && (entry.base.object == 0 || entry.body.object != 0));
    require(entry.body.offset + entry.body.length <= footer.index_offset);
    judge_ids(entry.ids);
    judge_ids(entry.clear_ids);
  }
}

void judge_body(std::string_view bytes) {
  const format::BodyPlace place{1, format::kCheckpointHeaderBytes,
                                static_cast<std::uint32_t>(bytes.size())};
  static_cast<void>(format::decode_checkpoint_body(bytes, LogId{}, "client", place));
}

void judge_object(std::string_view bytes) {
  static_cast<void>(format::check_checkpoint_header(bytes, LogId{}, 1));
  const std::uint64_t tail = bytes.size() - std::min(bytes.size(), format::kCheckpointFooterBytes);
  static_cast<void>(format::decode_checkpoint_footer(bytes.substr(tail), bytes.size()));
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(data + 1, data + size);
  seawall::fuzz::judge_index(input, data[0]);
  seawall::fuzz::judge_ids(input);
  seawall::fuzz::judge_body(input);
  seawall::fuzz::judge_object(input);
  seawall::fuzz::judge_object(seawall::fuzz::sealed(input));
  return 0;
}
