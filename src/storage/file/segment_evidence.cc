#include "storage/file/segment_evidence.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/segment_directory.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {
namespace {

// What a lost segment held is known from its directory, if one was written.
Error segment_damage(Directory& directory, const LogId& log_id, const SegmentInfo& info,
                     const std::string& what) {
  const LostSegment lost = describe_lost_segment(directory, log_id, info.number);
  return damage(segment_name(info.number), 0, what + lost.clients, lost.begin, lost.end);
}

void read_start(std::string_view head, const VolumeManifest& manifest, SegmentEvidence& evidence) {
  const SegmentInfo& info = evidence.info;
  if (head.size() < info.groups_offset()) {
    evidence.start_bad = true;
    return;
  }
  const auto start = decode_start(head.substr(info.start_offset()), manifest.log_id, info.number);
  if (start && start->epoch <= manifest.epoch) {
    evidence.started = true;
    evidence.start = *start;
  } else {
    evidence.start_abandoned = start.has_value();
    evidence.start_bad = !start && start.error() == StartFault::kBad;
  }
}

Result<SegmentRemains> examine(Directory& directory, const VolumeManifest& manifest,
                               const SegmentInfo& info) {
  const std::string name = segment_name(info.number);
  SegmentRemains remains;
  remains.evidence.info = info;
  const auto damaged = [&](const std::string& what) {
    if (!remains.damage) remains.damage = segment_damage(directory, manifest.log_id, info, what);
  };
  Result<std::unique_ptr<File>> file = directory.open(name, OpenMode::kRead);
  if (!file) {
    if (file.error().code != Errc::kNotFound) return std::unexpected(std::move(file.error()));
    damaged("the segment is missing");
    return remains;
  }
  Result<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(std::move(size.error()));
  if (*size != info.bytes) {
    damaged("the segment is " + std::to_string(*size) + " bytes long instead of " +
            std::to_string(info.bytes));
  }
  Result<std::string> head = (*file)->read_at(0, info.groups_offset());
  if (!head) return std::unexpected(std::move(head.error()));
  const std::string_view bytes = *head;
  const auto identity = check_identity(bytes.substr(0, kIdentityBytes), manifest.log_id, info);
  if (!identity && identity.error().unsupported) {
    return std::unexpected(unsupported(name, 0, identity.error().version));
  }
  if (!identity) damaged("the segment's identity is damaged");
  remains.evidence.file = std::move(*file);
  // Without its identity a segment may hold stale bytes.
  remains.evidence.recycled = !identity || *identity;
  read_start(bytes, manifest, remains.evidence);
  return remains;
}

}  // namespace

Result<std::vector<SegmentRemains>> examine_remains(Directory& directory,
                                                    const VolumeManifest& manifest) {
  std::vector<SegmentRemains> segments;
  segments.reserve(manifest.segments.size());
  for (const SegmentInfo& info : manifest.segments) {
    Result<SegmentRemains> remains = examine(directory, manifest, info);
    if (!remains) return std::unexpected(std::move(remains.error()));
    segments.push_back(std::move(*remains));
  }
  return segments;
}

Result<std::vector<SegmentEvidence>> examine_segments(Directory& directory,
                                                      const VolumeManifest& manifest) {
  std::vector<SegmentEvidence> segments;
  segments.reserve(manifest.segments.size());
  for (const SegmentInfo& info : manifest.segments) {
    Result<SegmentRemains> remains = examine(directory, manifest, info);
    if (!remains) return std::unexpected(std::move(remains.error()));
    if (remains->damage) return std::unexpected(std::move(*remains->damage));
    segments.push_back(std::move(remains->evidence));
  }
  return segments;
}

}  // namespace seawall::storage
