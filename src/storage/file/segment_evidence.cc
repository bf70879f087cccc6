#include "storage/file/segment_evidence.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"
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

/// The page or two before the groups, as far as they can be read.
struct Head {
  std::string bytes;
  UnreadableRanges unreadable;
};

void read_start(const Head& head, const VolumeManifest& manifest, SegmentEvidence& evidence) {
  const SegmentInfo& info = evidence.info;
  // What cannot be read may have been anything, so zeros in its place must not pass for a segment
  // that was never begun.
  if (head.bytes.size() < info.groups_offset() ||
      head.unreadable.find(info.start_offset(), kStartBytes)) {
    evidence.start_bad = true;
    return;
  }
  const auto start = decode_start(std::string_view(head.bytes).substr(info.start_offset()),
                                  manifest.log_id, info.number);
  if (start && start->epoch <= manifest.epoch) {
    evidence.started = true;
    evidence.start = *start;
  } else {
    evidence.start_abandoned = start.has_value();
    evidence.start_bad = !start && start.error() == StartFault::kBad;
  }
}

/// Collects what is known of one segment file.
class Examination {
 public:
  Examination(Directory& directory, const VolumeManifest& manifest, const SegmentInfo& info)
      : directory_(directory), manifest_(manifest), name_(segment_name(info.number)) {
    remains_.evidence.info = info;
  }

  Result<SegmentRemains> run() {
    Result<std::unique_ptr<File>> file = directory_.open(name_, OpenMode::kRead);
    if (!file) {
      const Errc code = file.error().code;
      if (code == Errc::kNotFound) {
        damaged("the segment is missing");
      } else if (code == Errc::kCorrupt) {
        damaged("the segment cannot be opened", file.error());
      } else {
        return std::unexpected(std::move(file.error()));
      }
      return std::move(remains_);
    }
    remains_.evidence.present = true;
    if (Result<void> looked = look(**file); !looked) {
      return std::unexpected(std::move(looked.error()));
    }
    return std::move(remains_);
  }

 private:
  [[nodiscard]] const SegmentInfo& info() const { return remains_.evidence.info; }

  /// The first finding counts.
  void damaged(const std::string& what, const std::optional<Error>& cause = {}) {
    if (remains_.damage) return;
    remains_.damage = segment_damage(directory_, manifest_.log_id, info(), what);
    if (cause) remains_.damage->os_errno = cause->os_errno;
  }

  Result<void> look(const File& file) {
    const Result<std::uint64_t> size = file.size();
    if (!size) return std::unexpected(size.error());
    if (*size != info().bytes) {
      damaged("the segment is " + std::to_string(*size) + " bytes long instead of " +
              std::to_string(info().bytes));
    }
    Head head;
    if (Result<void> read =
            read_readable(file, 0, info().groups_offset(), head.bytes, head.unreadable);
        !read) {
      return read;
    }
    if (Result<void> identified = identify(head); !identified) return identified;
    read_start(head, manifest_, remains_.evidence);
    return {};
  }

  Result<void> identify(const Head& head) {
    const auto identity = check_identity(std::string_view(head.bytes).substr(0, kIdentityBytes),
                                         manifest_.log_id, info());
    if (!identity && identity.error().unsupported) {
      return std::unexpected(unsupported(name_, 0, identity.error().version));
    }
    if (const std::optional<Error> cause = head.unreadable.find(0, kIdentityBytes)) {
      damaged("the segment's identity cannot be read", cause);
    }
    if (!identity) damaged("the segment's identity is damaged");
    // Without its identity a segment may hold stale bytes.
    remains_.evidence.recycled = !identity || *identity;
    return {};
  }

  Directory& directory_;
  const VolumeManifest& manifest_;
  const std::string name_;
  SegmentRemains remains_;
};

Result<SegmentRemains> examine(Directory& directory, const VolumeManifest& manifest,
                               const SegmentInfo& info) {
  return Examination(directory, manifest, info).run();
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
    segments.push_back(remains->evidence);
  }
  return segments;
}

}  // namespace seawall::storage
