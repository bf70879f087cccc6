// How a writer takes the log over: see the rules in file_volume.h.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/check.h"
#include "format/group.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/log_walk.h"
#include "storage/file/mark.h"
#include "storage/file/reserve.h"
#include "storage/file/segment.h"

namespace seawall::storage {
namespace {

/// Spares of former writers that an open keeps, the one it begins with included.
constexpr std::size_t kSparesAtOpenMax = 4;

}  // namespace

Result<void> FileVolume::start(const ChainEnd& end) {
  const std::lock_guard chores(chores_mutex_);
  if (started_) return std::unexpected(invalid_argument("the volume is started already"));
  if (Result<void> sound = poison_.check(); !sound) return sound;
  if (Result<void> found = find_end(end); !found) return found;
  Result<void> begun = begin_segment();
  // What was written so far does not count on disk, but this object no longer knows where it is.
  if (!begun) poison_.set(begun.error());
  return begun;
}

Result<void> FileVolume::find_end(const ChainEnd& end) {
  if (!end_found_) {
    Result<std::unique_ptr<GroupScan>> walk = scan();
    if (!walk) return std::unexpected(std::move(walk.error()));
    for (;;) {
      Result<std::optional<ScannedGroup>> group = (*walk)->next();
      if (!group) return std::unexpected(std::move(group.error()));
      if (!*group) break;
    }
  }
  SEAWALL_CHECK(end_found_);
  const ChainEnd& found = end_.chain;
  if (found.next_group != end.next_group || found.next_lsn != end.next_lsn ||
      found.checksum != end.checksum) {
    return std::unexpected(invalid_argument("start was not given the end the scan found"));
  }
  chain_ = found;
  return {};
}

Result<void> FileVolume::begin_segment() {
  if (Result<void> removed = remove_garbage(); !removed) return removed;
  Result<std::string> copied = read_unproven();
  if (!copied) return std::unexpected(std::move(copied.error()));
  for (const LogSegment& segment : end_.segments) {
    members_.push_back({.segment = segment, .durable = true});
  }
  Result<Spare> spare = find_first_segment(*copied);
  if (!spare) return std::unexpected(std::move(spare.error()));
  if (Result<void> written = write_first_segment(*spare, *copied); !written) return written;
  activate(*spare, copied->size());
  if (Result<void> published = write_manifest({.epoch = epoch_}); !published) return published;
  if (Result<void> marked = write_first_mark(); !marked) return marked;
  started_ = true;
  return {};
}

// The disk may have filled up just when a group much longer than the reserve was written. Without
// space for its copy it is proven where it is, and a small segment does. With groups aligned to
// pages nothing that may be acknowledged is ever overwritten, so there the open waits for space.
Result<FileVolume::Spare> FileVolume::find_first_segment(std::string& copied) {
  Result<Spare> spare = take_first_segment(copied.size());
  if (spare || copied.empty() || spare.error().code != Errc::kNoSpace) return spare;
  if (options_.group_align_bytes >= kPageBytes) return spare;
  if (Result<void> proven = prove_in_place(copied); !proven) {
    return std::unexpected(std::move(proven.error()));
  }
  copied.clear();
  spares_.clear();
  skipped_.clear();
  return take_first_segment(0);
}

// The same bytes once more, so that a flush covers them: a write that a former process never
// flushed, or whose flush failed, makes its pages dirty again. A crash in it leaves the group whole
// or torn; torn, it was never flushed before, so it was never acknowledged. What was flushed before
// is overwritten by itself, which needs that a sector is not lost by being written (as every append
// beside an acknowledged group does with the default alignment): a copy asks less of the device,
// and is preferred.
Result<void> FileVolume::prove_in_place(std::string_view group) {
  const Place place = place_of(*end_.unproven);
  Result<std::unique_ptr<File>> file = directory_->open(place.file, OpenMode::kReadWrite);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> written = (*file)->write_at(place.offset, group); !written) return written;
  written_bytes_ += group.size();
  return (*file)->sync_data();
}

void FileVolume::activate(const Spare& spare, std::uint64_t copied_bytes) {
  const std::lock_guard lock(mutex_);
  const bool has_copy = copied_bytes > 0;
  members_.push_back({.segment = {.info = spare.info,
                                  .first_group = has_copy ? end_.unproven_group : chain_.next_group,
                                  .first_lsn = has_copy ? end_.unproven_lsn : chain_.next_lsn},
                      .durable = true});
  active_ = {.file = spare.file,
             .info = spare.info,
             .offset = spare.info.groups_offset() + spare.info.aligned(copied_bytes),
             .starts_segment = false};
}

// Only now, after the scan found the log whole: what looks like garbage to a damaged manifest may
// be all that is left.
Result<void> FileVolume::remove_garbage() {
  // The newest manifest may have its name from a process that died before it flushed the directory.
  if (Result<void> synced = directory_->sync(); !synced) return synced;
  // Lower manifests first: a reader takes the name of the one it read as proof that nothing which
  // that one lists was removed.
  std::vector<std::string> names;
  for (const std::uint64_t number : opening_inventory_.manifests) {
    if (number != manifest_.number) names.push_back(manifest_name(number));
  }
  names.insert(names.end(), opening_inventory_.temporaries.begin(),
               opening_inventory_.temporaries.end());
  std::set<std::uint64_t> listed;
  for (const SegmentInfo& info : manifest_.segments) listed.insert(info.number);
  for (const std::uint64_t number : opening_inventory_.segments) {
    if (!listed.contains(number)) names.push_back(segment_name(number));
  }
  for (const std::uint64_t number : opening_inventory_.directories) {
    if (listed.contains(number)) {
      directories_.insert(number);
    } else {
      names.push_back(directory_name(number));
    }
  }
  for (const std::string& name : names) {
    Result<void> removed = directory_->unlink(name);
    if (!removed && removed.error().code != Errc::kNotFound) return removed;
  }
  return {};
}

Result<std::string> FileVolume::read_unproven() {
  if (!end_.unproven) return std::string{};
  const Place place = place_of(*end_.unproven);
  Result<std::unique_ptr<File>> file = directory_->open(place.file, OpenMode::kRead);
  if (!file) return std::unexpected(std::move(file.error()));
  Result<std::string> group = (*file)->read_at(place.offset, end_.unproven_bytes);
  if (!group) return group;
  const auto header = format::decode_group_header(*group);
  if (!header || header->group_number != end_.unproven_group ||
      header->checksum != chain_.checksum ||
      !format::frames_valid(*header, std::string_view(*group).substr(format::kGroupHeaderBytes))) {
    return std::unexpected(damage(place.file, place.offset, "the last group changed while read",
                                  end_.unproven_lsn, chain_.next_lsn));
  }
  return group;
}

// On a full disk a small segment will do to clear and checkpoint in, and leaves the rest of the
// reserve to the opens after this one.
std::uint64_t FileVolume::first_segment_bytes(std::uint64_t available_bytes) const {
  constexpr std::uint64_t kTightShare = 8;
  const std::uint64_t full_bytes = smallest_segment_bytes();
  if (available_bytes >= 2 * full_bytes) return full_bytes;
  const std::uint64_t share = available_bytes / kTightShare / kPageBytes * kPageBytes;
  return std::min(full_bytes, std::max(kTightSegmentBytes, share));
}

Result<FileVolume::Spare> FileVolume::take_first_segment(std::uint64_t group_bytes) {
  const std::uint64_t newest = members_.empty() ? 0 : members_.back().segment.info.number;
  const std::uint64_t bytes_max = directory_->file_bytes_max();
  for (const SegmentInfo& info : manifest_.segments) {
    largest_segment_bytes_ = std::max(largest_segment_bytes_, info.bytes);
    if (std::ranges::any_of(members_, [&](const Member& member) {
          return member.segment.info.number == info.number;
        })) {
      continue;
    }
    // A spare below the newest segment was passed over and must stay unused: segments count in the
    // order of their numbers.
    // So must one that an open began which never finished, unless it is begun again now: the
    // manifest to come knows its epoch, and what it copied would count.
    const bool usable = info.number > newest && info.capacity() >= info.aligned(group_bytes);
    const bool abandoned =
        std::ranges::find(end_.abandoned_starts, info.number) != end_.abandoned_starts.end();
    // Each spare that is kept holds a descriptor.
    const bool enough = spares_.size() >= kSparesAtOpenMax;
    // What lies behind a limit on file sizes cannot be written, although the file is there.
    const bool too_long = info.bytes > bytes_max;
    if (enough || too_long || (spares_.empty() ? !usable : abandoned)) {
      skipped_.push_back(info);
      continue;
    }
    Result<std::unique_ptr<File>> file =
        directory_->open(segment_name(info.number), OpenMode::kReadWrite);
    if (!file && file.error().code == Errc::kCorrupt) {
      skipped_.push_back(info);
      continue;
    }
    if (!file) return std::unexpected(std::move(file.error()));
    spares_.push_back({.info = info, .file = std::move(*file)});
  }
  if (!spares_.empty()) {
    Spare spare = std::move(spares_.front());
    spares_.pop_front();
    return spare;
  }
  return make_first_segment(group_bytes);
}

Result<FileVolume::Spare> FileVolume::make_first_segment(std::uint64_t group_bytes) {
  const std::uint64_t capacity = round_up(group_bytes, options_.group_align_bytes);
  Result<std::uint64_t> free_bytes = directory_->free_bytes();
  if (!free_bytes) return std::unexpected(std::move(free_bytes.error()));
  const std::uint64_t wanted = first_segment_bytes(
      *free_bytes + (has_reserve_ ? reserve_bytes(options_.segment_bytes_min) : 0));
  const std::uint64_t needed =
      std::max(std::min(wanted, kTightSegmentBytes), segment_bytes_for(capacity));
  // As in make_next_segment: what is free may still be refused, by a quota for one.
  for (std::uint64_t bytes = std::max(wanted, needed);;) {
    Result<Spare> spare = with_reserve([&] { return make_spare_file(bytes, capacity); });
    if (spare || spare.error().code != Errc::kNoSpace || bytes <= needed) return spare;
    bytes = std::max(needed, round_up(bytes / 2, kPageBytes));
  }
}

Result<void> FileVolume::write_first_segment(const Spare& spare, std::string_view copied) {
  StartBlock start;
  start.segment_number = spare.info.number;
  start.epoch = epoch_;
  start.first_group = chain_.next_group;
  start.first_lsn = chain_.next_lsn;
  start.previous_checksum = chain_.checksum;
  start.previous_retention_us = chain_.time.retention_us;
  start.copied_end = chain_.next_lsn;
  if (const auto header = format::decode_group_header(copied)) {
    start.first_group = header->group_number;
    start.first_lsn = header->first_lsn;
    start.previous_checksum = header->previous_checksum;
    start.previous_retention_us = header->time.retention_us;
    start.copied_groups = 1;
  }
  std::string bytes = encode_start(log_id_, start);
  bytes.append(copied);
  written_bytes_ += bytes.size();
  if (Result<void> written = spare.file->write_at(spare.info.start_offset(), bytes); !written)
    return written;
  return spare.file->sync_data();
}

Result<void> FileVolume::write_first_mark() {
  Result<std::unique_ptr<MarkFile>> mark =
      with_reserve([&] { return MarkFile::open(*directory_); });
  if (!mark) return std::unexpected(std::move(mark.error()));
  mark_ = std::move(*mark);
  if (Result<void> written = mark_->write(current_mark()); !written) return written;
  return mark_->flush();
}

}  // namespace seawall::storage
