// What must not delay an append: segments ahead, the reserve, the quiet mark, directories.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/log_walk.h"
#include "storage/file/reserve.h"
#include "storage/file/room.h"
#include "storage/file/segment.h"
#include "storage/file/segment_directory.h"
#include "storage/file/segment_maker.h"

namespace seawall::storage {
namespace {

/// A mark not flushed for this long after the last append is flushed: long enough that a busy log
/// never pays for it, short enough that a quiet one is soon fully known.
constexpr std::uint64_t kQuietUs = 100'000;

/// A segment takes at most this share of the free space.
constexpr std::uint64_t kFreeShare = 8;

/// Left free beside a new segment, for its manifest and the mark.
constexpr std::uint64_t kSlackBytes = std::uint64_t{64} << 10;

}  // namespace

Result<void> FileVolume::maintain(std::uint64_t now_us) {
  const std::lock_guard chores(chores_mutex_);
  if (!started_) return std::unexpected(invalid_argument("the volume is not started"));
  if (Result<void> sound = poison_.check(); !sound) return sound;
  if (Result<void> flushed = flush_quiet_mark(now_us); !flushed) return flushed;
  if (Result<void> written = write_directories(); !written) return written;
  if (Result<void> kept = keep_reserve(); !kept) return kept;
  bool has_spare = false;
  {
    const std::lock_guard lock(mutex_);
    has_spare = !spares_.empty();
  }
  return has_spare ? Result<void>{} : prepare_spare(0);
}

Result<void> FileVolume::flush_quiet_mark(std::uint64_t now_us) {
  std::uint64_t appends = 0;
  {
    const std::lock_guard lock(mutex_);
    appends = appends_;
  }
  if (appends != appends_seen_) {
    appends_seen_ = appends;
    quiet_since_us_ = now_us;
    return {};
  }
  if (now_us - quiet_since_us_ < kQuietUs) return {};
  Result<void> flushed = mark_->flush();
  if (!flushed) return std::unexpected(poisoned_by(std::move(flushed.error())));
  return {};
}

// Where files must stay smaller than it there is none: a reserve that cannot be made must not stop
// commits that can. Without space there is none either, and then commits do wait for it.
Result<void> FileVolume::keep_reserve() {
  if (has_reserve_) return {};
  const std::uint64_t bytes = reserve_bytes(options_.segment_bytes_min);
  if (bytes > directory_->file_bytes_max()) return {};
  if (Result<void> made = make_reserve(*directory_, bytes, poison_); !made) return made;
  written_bytes_ += bytes;
  has_reserve_ = true;
  return {};
}

Result<void> FileVolume::make_room(std::uint64_t bytes, std::uint64_t group_bytes_max) {
  const std::lock_guard chores(chores_mutex_);
  if (!started_) return std::unexpected(invalid_argument("the volume is not started"));
  if (Result<void> sound = poison_.check(); !sound) return sound;
  if (room(group_bytes_max) >= bytes) return {};
  return prepare_spare(capacity_for(bytes, options_.group_align_bytes));
}

// A limit on file sizes makes even the smallest segment smaller.
std::uint64_t FileVolume::smallest_segment_bytes() const {
  const std::uint64_t limit_bytes = directory_->file_bytes_max() / kPageBytes * kPageBytes;
  return std::min(options_.segment_bytes_min, std::max(kTightSegmentBytes, limit_bytes));
}

std::uint64_t FileVolume::needed_segment_bytes(std::uint64_t capacity) const {
  return std::max(smallest_segment_bytes(), segment_bytes_for(capacity));
}

// Twice the largest so far, so that a log of n bytes has about log n segments, but no more than
// twice what this writer appended: opening a log again and again must not make its segments grow.
// Never below what is needed.
std::uint64_t FileVolume::next_segment_bytes(std::uint64_t capacity,
                                             std::uint64_t free_bytes) const {
  std::uint64_t appended_bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    appended_bytes = appended_bytes_;
  }
  const std::uint64_t doubled =
      std::min({2 * largest_segment_bytes_, options_.segment_bytes_max, segment_bytes_cap_,
                2 * round_up(appended_bytes, kPageBytes),
                free_bytes / kFreeShare / kPageBytes * kPageBytes});
  return std::max(needed_segment_bytes(capacity), doubled);
}

Result<void> FileVolume::prepare_spare(std::uint64_t capacity) {
  if (Result<void> kept = keep_reserve(); !kept) return kept;
  Result<Spare> spare = make_next_segment(capacity);
  if (!spare) return std::unexpected(std::move(spare.error()));
  if (Result<void> listed = write_manifest({.added = spare->info}); !listed) {
    drop_unlisted(std::move(*spare));
    return listed;
  }
  const std::lock_guard lock(mutex_);
  spares_.push_back(std::move(*spare));
  return {};
}

// Space that is free may still be refused: by a limit on file sizes, by a quota, by a file system
// that keeps some back. Then half as much may do, down to what is needed.
Result<FileVolume::Spare> FileVolume::make_next_segment(std::uint64_t capacity) {
  Result<std::uint64_t> free_bytes = directory_->free_bytes();
  if (!free_bytes) return std::unexpected(std::move(free_bytes.error()));
  const std::uint64_t needed = needed_segment_bytes(capacity);
  for (std::uint64_t bytes = next_segment_bytes(capacity, *free_bytes);;) {
    const std::uint64_t wanted = bytes + std::min(bytes, kSlackBytes);
    if (!can_recycle(bytes, capacity) && *free_bytes < wanted) {
      drop_recycled();
      return std::unexpected(no_space(wanted, *free_bytes));
    }
    Result<Spare> spare = make_spare_file(bytes, capacity);
    if (spare || spare.error().code != Errc::kNoSpace || bytes <= needed) return spare;
    bytes = std::max(needed, round_up(bytes / 2, kPageBytes));
    segment_bytes_cap_ = bytes;
  }
}

// A segment that no durable manifest lists. Its number is given back with it.
void FileVolume::drop_unlisted(Spare spare) {
  spare.file.reset();
  if (!poison_.check()) return;
  if (directory_->unlink(segment_name(spare.info.number))) next_segment_ = spare.info.number;
}

std::uint64_t FileVolume::segment_bytes_for(std::uint64_t capacity) const {
  const SegmentInfo info{.number = 0, .bytes = 0, .align_bytes = options_.group_align_bytes};
  return round_up(info.groups_offset() + capacity, kPageBytes);
}

bool FileVolume::can_recycle(std::uint64_t bytes, std::uint64_t capacity) const {
  return recycled_ && recycled_->bytes >= bytes / 2 &&
         recycled_->bytes <= directory_->file_bytes_max() &&
         recycled_->bytes >= segment_bytes_for(capacity);
}

Result<FileVolume::Spare> FileVolume::make_spare_file(std::uint64_t bytes, std::uint64_t capacity) {
  if (next_segment_ + 1 >= kSegmentNumberLimit) {
    return std::unexpected(invalid_argument("the log has used up its segment numbers"));
  }
  SegmentInfo info{
      .number = next_segment_, .bytes = bytes, .align_bytes = options_.group_align_bytes};
  std::string recycled;
  if (recycled_ && can_recycle(bytes, capacity)) {
    recycled = recycled_name(recycled_->number);
    info.bytes = recycled_->bytes;
    recycled_.reset();
  }
  Result<std::shared_ptr<File>> file = make_segment(
      *directory_, {.log_id = log_id_, .info = info, .recycled = recycled, .poison = &poison_});
  if (!file) return std::unexpected(std::move(file.error()));
  // Taken only now: attempts that fail must not use numbers up.
  next_segment_ = info.number + 1;
  if (recycled.empty()) written_bytes_ += bytes;
  largest_segment_bytes_ = std::max(largest_segment_bytes_, info.bytes);
  return Spare{.info = info, .file = std::move(*file)};
}

// One segment per call, so that a chore stays short.
Result<void> FileVolume::write_directories() {
  std::optional<LogSegment> sealed;
  std::uint64_t end_group = 0;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i + 1 < members_.size() && !sealed; ++i) {
      if (directories_.contains(members_[i].segment.info.number) || !members_[i + 1].durable) {
        continue;
      }
      sealed = members_[i].segment;
      end_group = members_[i + 1].segment.first_group;
    }
  }
  if (!sealed) return {};
  // Tried once: a segment that cannot be read is reported, not read again and again.
  directories_.insert(sealed->info.number);
  return write_directory(*sealed, end_group);
}

Result<void> FileVolume::write_directory(const LogSegment& segment, std::uint64_t end_group) {
  const std::string name = segment_name(segment.info.number);
  Result<std::unique_ptr<File>> file = directory_->open(name, OpenMode::kRead);
  if (!file) return std::unexpected(std::move(file.error()));
  SegmentDirectory found;
  found.log_id = log_id_;
  found.segment_number = segment.info.number;
  if (Result<void> read = read_into_directory(found, std::move(*file), segment.info, end_group);
      !read) {
    return read;
  }
  return create_object(directory_name(segment.info.number), encode_segment_directory(found));
}

}  // namespace seawall::storage
