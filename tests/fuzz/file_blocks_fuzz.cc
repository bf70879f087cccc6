// The small blocks of file storage: marks, segment identities and starts, segment directories.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"

#include "fuzz/fuzz_input.h"
#include "storage/file/file_names.h"
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

/// Each file of ours has one name, and only ours are taken for ours.
void judge_name(std::string_view name) {
  const storage::FileName file = storage::classify(name);
  switch (file.kind) {
    case storage::FileKind::kManifest:
      return require(name == storage::manifest_name(file.number));
    case storage::FileKind::kSegment:
      return require(name == storage::segment_name(file.number));
    case storage::FileKind::kDirectory:
      return require(name == storage::directory_name(file.number));
    case storage::FileKind::kObject:
      return require(storage::is_object_name(name.substr(storage::kObjectPrefix.size())));
    case storage::FileKind::kTemporary: {
      name.remove_suffix(storage::kTemporarySuffix.size());
      if (name.starts_with("recycled-")) name.remove_prefix(std::string_view("recycled-").size());
      const storage::FileKind inner = storage::classify(name).kind;
      return require(inner != storage::FileKind::kForeign && inner != storage::FileKind::kPid &&
                     inner != storage::FileKind::kTemporary);
    }
    case storage::FileKind::kPid:
    case storage::FileKind::kMark:
    case storage::FileKind::kReserve:
    case storage::FileKind::kForeign:
      break;
  }
}

void judge(std::string_view bytes) {
  judge_name(bytes);
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
