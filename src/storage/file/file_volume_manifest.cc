// Manifests, objects, and what a new manifest sets free.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/new_file.h"
#include "storage/file/segment.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {
namespace {

bool contains(const std::vector<SegmentInfo>& segments, const SegmentInfo& info) {
  return std::ranges::find(segments, info) != segments.end();
}

}  // namespace

Result<void> FileVolume::publish(const ManifestUpdate& update) {
  const std::lock_guard chores(chores_mutex_);
  if (!started_) return std::unexpected(invalid_argument("the volume is not started"));
  if (Result<void> sound = poison_.check(); !sound) return sound;
  return write_manifest({.engine_bytes = update.bytes, .log_start = update.log_start});
}

void FileVolume::remove(const std::vector<std::string>& names) {
  const std::lock_guard chores(chores_mutex_);
  for (const std::string& name : names) {
    if (!is_object_name(name) || !poison_.check()) continue;
    objects_.forget(name);
    const Result<void> removed = directory_->unlink(object_name(name));
    static_cast<void>(removed);
  }
}

// A member is dead when the next one, durably begun, starts at or below the log's start, or starts
// where the member does, which then holds nothing.
std::vector<SegmentInfo> FileVolume::dead_segments_locked(Lsn log_start) const {
  std::vector<SegmentInfo> dead = skipped_;
  for (std::size_t i = 0; i + 1 < members_.size(); ++i) {
    const Member& next = members_[i + 1];
    if (!next.durable) break;
    if (next.segment.first_lsn <= log_start ||
        next.segment.first_group == members_[i].segment.first_group) {
      dead.push_back(members_[i].segment.info);
    }
  }
  return dead;
}

Result<void> FileVolume::write_manifest(const ManifestChange& change) {
  VolumeManifest next;
  std::vector<SegmentInfo> dead;
  {
    const std::lock_guard lock(mutex_);
    next = manifest_;
    if (change.log_start && *change.log_start > chain_.next_lsn) {
      return std::unexpected(invalid_argument("the log cannot start behind its end"));
    }
    if (change.engine_bytes) next.engine_bytes = *change.engine_bytes;
    if (change.log_start) next.log_start = std::max(next.log_start, *change.log_start);
    if (change.epoch) next.epoch = *change.epoch;
    next.durable = Lsn{chain_.next_lsn.value - 1};
    dead = dead_segments_locked(next.log_start);
    next.segments.clear();
    for (const Member& member : members_) next.segments.push_back(member.segment.info);
    for (const Spare& spare : spares_) next.segments.push_back(spare.info);
    if (change.added) next.segments.push_back(*change.added);
    std::erase_if(next.segments, [&](const SegmentInfo& info) { return contains(dead, info); });
  }
  next.number = ++manifest_number_;
  next.next_segment = next_segment_;
  if (Result<void> written = with_reserve([&] { return try_write_manifest(next); }); !written) {
    return written;
  }
  const std::uint64_t old_number = manifest_.number;
  {
    const std::lock_guard lock(mutex_);
    manifest_ = std::move(next);
    std::erase_if(members_,
                  [&](const Member& member) { return contains(dead, member.segment.info); });
    std::erase_if(skipped_, [&](const SegmentInfo& info) { return contains(dead, info); });
  }
  // A lower manifest that stays behind is removed by the next open.
  const Result<void> removed = directory_->unlink(manifest_name(old_number));
  static_cast<void>(removed);
  release_segments(dead);
  return {};
}

Result<void> FileVolume::try_write_manifest(const VolumeManifest& manifest) {
  const std::string bytes = encode_volume_manifest(manifest);
  if (bytes.size() > kVolumeManifestBytesMax) {
    return std::unexpected(invalid_argument("a manifest is at most 64 MiB long"));
  }
  return create_object(manifest_name(manifest.number), bytes);
}

Result<void> FileVolume::create_object(std::string_view file_name, std::string_view bytes) {
  Result<std::unique_ptr<NewFile>> file = NewFile::create(*directory_, file_name, &poison_);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> written = (*file)->write(0, bytes); !written) return written;
  Result<std::unique_ptr<File>> published = (*file)->publish();
  written_bytes_ += bytes.size();
  if (!published) return std::unexpected(std::move(published.error()));
  return {};
}

Result<void> FileVolume::put(std::string_view name, std::string_view bytes) {
  if (!is_object_name(name)) {
    return std::unexpected(invalid_argument("an object's name is [a-z0-9-], 1 to 64 bytes"));
  }
  const std::shared_lock writing(writing_);
  if (Result<void> sound = poison_.check(); !sound) return sound;
  const std::string file_name = object_name(name);
  Result<std::unique_ptr<File>> existing = directory_->open(file_name, OpenMode::kRead);
  if (existing) return std::unexpected(invalid_argument("object " + file_name + " exists"));
  if (existing.error().code != Errc::kNotFound) {
    return std::unexpected(std::move(existing.error()));
  }
  return with_reserve([&] { return create_object(file_name, bytes); });
}

void FileVolume::release_segments(const std::vector<SegmentInfo>& dead) {
  for (const SegmentInfo& info : dead) {
    if (!poison_.check()) return;
    release_file(info);
  }
}

// Unlinking 64 MiB costs the file system 20 ms, so the largest freed file is kept for the next
// segment. Failures leave garbage that the next open removes.
void FileVolume::release_file(const SegmentInfo& info) {
  if (directories_.erase(info.number) > 0) {
    const Result<void> removed = directory_->unlink(directory_name(info.number));
    static_cast<void>(removed);
  }
  const std::string name = segment_name(info.number);
  // One that a hard-linked copy of the log shares would change under it when used again.
  const Result<FileStatus> status = directory_->status_of(name);
  const bool is_shared = status && status->has_other_names;
  if (is_shared || (recycled_ && recycled_->bytes >= info.bytes)) {
    const Result<void> removed = directory_->unlink(name);
    static_cast<void>(removed);
    return;
  }
  drop_recycled();
  if (directory_->rename(name, recycled_name(info.number))) recycled_ = info;
}

void FileVolume::drop_recycled() {
  if (!recycled_) return;
  const Result<void> removed = directory_->unlink(recycled_name(recycled_->number));
  static_cast<void>(removed);
  recycled_.reset();
}

}  // namespace seawall::storage
