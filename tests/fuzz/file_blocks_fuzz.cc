// The small blocks of file storage: marks, segment identities and starts, segment directories.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"

#include "fuzz/fuzz_input.h"
#include "storage/file/mark.h"
#include "storage/file/segment.h"
#include "storage/file/segment_directory.h"

namespace seawall::fuzz {
namespace {

void judge_directory(std::string_view bytes) {
  const auto directory = storage::decode_segment_directory(bytes);
  if (!directory) return;
  const auto again =
      storage::decode_segment_directory(storage::encode_segment_directory(*directory));
  require(again && again->entries.size() == directory->entries.size());
}

void judge(std::string_view bytes) {
  static_cast<void>(storage::decode_marks(bytes, std::nullopt));
  static_cast<void>(storage::check_identity(bytes, LogId{}, storage::SegmentInfo{}));
  static_cast<void>(storage::decode_start(bytes, LogId{}, 1));
  judge_directory(bytes);
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  seawall::fuzz::judge(input);
  seawall::fuzz::judge(seawall::fuzz::sealed(input));
  return 0;
}
