#include "storage/file/unlisted_files.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_directory.h"
#include "storage/file/segment_fate.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {
namespace {

/// Searched for groups: the first new one lies behind one copied group at most. Bounds the time
/// that a sparse file of any length can take.
constexpr std::uint64_t kSearchedBytesMax = std::uint64_t{256} << 20;

UnlistedStart start_of(const StartBlock& start, const VolumeManifest& manifest) {
  if (start.epoch <= manifest.epoch) return UnlistedStart::kKnownEpoch;
  return start.epoch.value == manifest.epoch.value + 1 ? UnlistedStart::kNextEpoch
                                                       : UnlistedStart::kLaterEpoch;
}

// Without the manifest the alignment is not known, and with it the place of the start block.
UnlistedStart find_start(std::string_view head, const UnreadableRanges& unreadable,
                         std::uint64_t number, const VolumeManifest& manifest) {
  UnlistedStart found = UnlistedStart::kNone;
  for (const std::uint64_t align_bytes : {kGroupStep, kPageBytes}) {
    const SegmentInfo info{
        .number = number, .bytes = 0, .align_bytes = static_cast<std::uint32_t>(align_bytes)};
    if (head.size() < info.groups_offset()) return UnlistedStart::kUnsound;
    if (unreadable.find(info.start_offset(), kStartBytes)) {
      found = UnlistedStart::kUnsound;
      continue;
    }
    const auto start =
        decode_start(head.substr(info.start_offset(), kStartBytes), manifest.log_id, number);
    if (start) return start_of(*start, manifest);
    if (start.error() != StartFault::kZeros) found = UnlistedStart::kUnsound;
  }
  return found;
}

Result<bool> has_newer_group(std::shared_ptr<const File> file, const VolumeManifest& manifest) {
  Result<std::uint64_t> size = file->size();
  if (!size) return std::unexpected(std::move(size.error()));
  SegmentBytes bytes(std::move(file), std::min(*size, kSearchedBytesMax));
  bool found = false;
  const auto note = [&](const format::GroupHeader& header, std::uint64_t /*offset*/) {
    found = header.epoch > manifest.epoch;
    return !found;
  };
  Result<void> searched = find_headers(bytes, kPageBytes, manifest.log_id, note);
  if (!searched) return std::unexpected(std::move(searched.error()));
  return found;
}

Result<SegmentFate> fate_of(Directory& directory, std::uint64_t number,
                            const VolumeManifest& manifest) {
  Result<std::unique_ptr<File>> opened = directory.open(segment_name(number), OpenMode::kRead);
  // A writer removed it since the listing, or nothing of it can be read.
  const bool is_lost =
      !opened && (opened.error().code == Errc::kNotFound || opened.error().code == Errc::kCorrupt);
  if (is_lost) return SegmentFate::kGarbage;
  if (!opened) return std::unexpected(std::move(opened.error()));
  const std::shared_ptr<const File> file = std::move(*opened);
  std::string head;
  UnreadableRanges unreadable;
  if (Result<void> read = read_readable(*file, 0, 2 * kPageBytes, head, unreadable); !read) {
    return std::unexpected(std::move(read.error()));
  }
  UnlistedEvidence evidence{.start = find_start(head, unreadable, number, manifest),
                            .given_out = number < manifest.next_segment,
                            .newer_group = false};
  // Dropped segments are many after a crash in a trim, and their start block says enough.
  if (evidence.start == UnlistedStart::kUnsound || evidence.start == UnlistedStart::kNextEpoch) {
    Result<bool> newer = has_newer_group(file, manifest);
    if (!newer) return std::unexpected(std::move(newer.error()));
    evidence.newer_group = *newer;
  }
  return decide_fate(evidence);
}

bool is_listed(const VolumeManifest& manifest, std::uint64_t number) {
  return std::ranges::find(manifest.segments, number, &SegmentInfo::number) !=
         manifest.segments.end();
}

}  // namespace

Result<std::optional<std::string>> find_newer_file(Directory& directory, const Inventory& inventory,
                                                   const VolumeManifest& manifest) {
  for (const std::uint64_t number : inventory.segments) {
    if (is_listed(manifest, number)) continue;
    Result<SegmentFate> fate = fate_of(directory, number, manifest);
    if (!fate) return std::unexpected(std::move(fate.error()));
    if (*fate == SegmentFate::kManifestMissing) return segment_name(number);
  }
  // The directory of a segment is written only once the segment is sealed.
  const auto& directories = inventory.directories;
  for (auto at = directories.lower_bound(manifest.next_segment); at != directories.end(); ++at) {
    if (read_segment_directory(directory, manifest.log_id, *at)) return directory_name(*at);
  }
  return std::nullopt;
}

}  // namespace seawall::storage
