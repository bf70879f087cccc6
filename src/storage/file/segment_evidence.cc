#include "storage/file/segment_evidence.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/segment_directory.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {
namespace {

// What a lost segment held is known from its directory, if one was written.
Error segment_damage(Directory& directory, const SegmentInfo& info, const std::string& what) {
  const LostSegment lost = describe_lost_segment(directory, info.number);
  return damage(segment_name(info.number), 0, what + lost.clients, lost.begin, lost.end);
}

Result<void> check_size(Directory& directory, const SegmentInfo& info, const File& file) {
  Result<std::uint64_t> size = file.size();
  if (!size) return std::unexpected(std::move(size.error()));
  if (*size == info.bytes) return {};
  return std::unexpected(segment_damage(directory, info,
                                        "the segment is " + std::to_string(*size) +
                                            " bytes long instead of " +
                                            std::to_string(info.bytes)));
}

Result<SegmentEvidence> examine(Directory& directory, const VolumeManifest& manifest,
                                const SegmentInfo& info) {
  const std::string name = segment_name(info.number);
  Result<std::unique_ptr<File>> file = directory.open(name, OpenMode::kRead);
  if (!file) {
    if (file.error().code != Errc::kNotFound) return std::unexpected(std::move(file.error()));
    return std::unexpected(segment_damage(directory, info, "the segment is missing"));
  }
  if (Result<void> sized = check_size(directory, info, **file); !sized) {
    return std::unexpected(std::move(sized.error()));
  }
  Result<std::string> head = (*file)->read_at(0, info.groups_offset());
  if (!head) return std::unexpected(std::move(head.error()));
  const std::string_view bytes = *head;
  const auto identity = check_identity(bytes.substr(0, kIdentityBytes), manifest.log_id, info);
  if (!identity) {
    if (identity.error().unsupported) {
      return std::unexpected(unsupported(name, 0, identity.error().version));
    }
    return std::unexpected(segment_damage(directory, info, "the segment's identity is damaged"));
  }
  SegmentEvidence evidence;
  evidence.info = info;
  evidence.file = std::move(*file);
  evidence.recycled = *identity;
  const auto start = decode_start(bytes.substr(info.start_offset()), manifest.log_id, info.number);
  if (start && start->epoch <= manifest.epoch) {
    evidence.started = true;
    evidence.start = *start;
  } else {
    evidence.start_bad = !start && start.error() == StartFault::kBad;
  }
  return evidence;
}

}  // namespace

Result<std::vector<SegmentEvidence>> examine_segments(Directory& directory,
                                                      const VolumeManifest& manifest) {
  std::vector<SegmentEvidence> segments;
  segments.reserve(manifest.segments.size());
  for (const SegmentInfo& info : manifest.segments) {
    Result<SegmentEvidence> evidence = examine(directory, manifest, info);
    if (!evidence) return std::unexpected(std::move(evidence.error()));
    segments.push_back(std::move(*evidence));
  }
  return segments;
}

}  // namespace seawall::storage
