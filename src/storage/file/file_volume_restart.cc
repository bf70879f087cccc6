// How a damaged log is left behind: a new segment and a manifest that lists nothing else. Until
// that manifest is durable the log is as it was.

#include <algorithm>
#include <expected>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/segment.h"

namespace seawall::storage {

Result<void> FileVolume::restart(const ChainEnd& end, const ManifestUpdate& update) {
  const std::lock_guard chores(chores_mutex_);
  if (started_) return std::unexpected(invalid_argument("the volume is started already"));
  if (Result<void> sound = poison_.check(); !sound) return sound;
  chain_ = end;
  Result<void> begun = begin_anew(update);
  if (!begun) poison_.set(begun.error());
  return begun;
}

Result<void> FileVolume::begin_anew(const ManifestUpdate& update) {
  if (Result<void> removed = remove_garbage(); !removed) return removed;
  const std::vector<SegmentInfo> former = manifest_.segments;
  for (const SegmentInfo& info : former) {
    largest_segment_bytes_ = std::max(largest_segment_bytes_, info.bytes);
  }
  Result<Spare> spare = make_first_segment(0);
  if (!spare) return std::unexpected(std::move(spare.error()));
  if (Result<void> written = write_first_segment(*spare, {}); !written) return written;
  activate(*spare, 0);
  Result<void> published = write_manifest(
      {.engine_bytes = update.bytes, .log_start = update.log_start, .epoch = epoch_});
  if (!published) return published;
  remove_former(former);
  if (Result<void> marked = write_first_mark(); !marked) return marked;
  started_ = true;
  return {};
}

// What is damaged may be of any size and is not recycled. What stays behind is removed by the next
// open, as no manifest lists it.
void FileVolume::remove_former(const std::vector<SegmentInfo>& segments) {
  std::vector<std::string> names;
  for (const SegmentInfo& info : segments) {
    names.push_back(segment_name(info.number));
    if (directories_.erase(info.number) > 0) names.push_back(directory_name(info.number));
  }
  for (const std::string& name : names) {
    const Result<void> removed = directory_->unlink(name);
    static_cast<void>(removed);
  }
}

}  // namespace seawall::storage
