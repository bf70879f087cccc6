#include "checkpoint/index.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/version.h"

#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"

namespace seawall::checkpoint {

Error object_error(const VolumeReader& volume, format::GroupFault fault, std::uint64_t object,
                   std::uint64_t offset, const char* what) {
  Error error;
  error.file = volume.object_file(format::checkpoint_name(object));
  error.offset = offset;
  if (fault == format::GroupFault::kUnsupported) {
    error.code = Errc::kUnsupported;
    error.message = "checkpoint written by a newer version; this one reads formats " +
                    std::to_string(kFormatVersionMin) + " to " + std::to_string(kFormatVersion);
  } else {
    error.code = Errc::kCorrupt;
    error.message = std::string("checkpoint damaged: ") + what;
  }
  return error;
}

Result<format::CheckpointFooter> read_footer(VolumeReader& volume, std::uint64_t object,
                                             std::uint64_t bytes) {
  constexpr std::uint64_t kEnds = format::kCheckpointHeaderBytes + format::kCheckpointFooterBytes;
  if (bytes < kEnds) {
    return std::unexpected(
        object_error(volume, format::GroupFault::kDamaged, object, 0, "too short"));
  }
  const std::uint64_t footer_at = bytes - format::kCheckpointFooterBytes;
  const auto footer_bytes =
      volume.get(format::checkpoint_name(object), footer_at, format::kCheckpointFooterBytes);
  if (!footer_bytes) return std::unexpected(footer_bytes.error());
  const auto footer = format::decode_checkpoint_footer(*footer_bytes, bytes);
  if (!footer)
    return std::unexpected(object_error(volume, footer.error(), object, footer_at, "footer"));
  return *footer;
}

Error index_error(const VolumeReader& volume, const format::CheckpointFooter& footer) {
  return object_error(volume, format::GroupFault::kDamaged, footer.object, footer.index_offset,
                      "index");
}

Result<std::string> read_index_bytes(VolumeReader& volume, std::uint64_t object,
                                     const format::CheckpointFooter& footer) {
  auto index = volume.get(format::checkpoint_name(object), footer.index_offset, footer.index_bytes);
  if (index && !format::IndexWalk(*index, footer).ok()) {
    return std::unexpected(index_error(volume, footer));
  }
  return index;
}

Result<format::CheckpointFooter> read_index(
    VolumeReader& volume, std::uint64_t object, std::uint64_t bytes,
    const std::function<Result<void>(const format::CheckpointEntry&)>& visit) {
  auto footer = read_footer(volume, object, bytes);
  if (!footer) return footer;
  const auto index =
      volume.get(format::checkpoint_name(object), footer->index_offset, footer->index_bytes);
  if (!index) return std::unexpected(index.error());
  format::IndexWalk walk(*index, *footer);
  format::CheckpointEntry entry;
  while (walk.next(entry)) {
    if (auto visited = visit(entry); !visited) return std::unexpected(std::move(visited.error()));
  }
  if (!walk.ok()) return std::unexpected(index_error(volume, *footer));
  return footer;
}

}  // namespace seawall::checkpoint
