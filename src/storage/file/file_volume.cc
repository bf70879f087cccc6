#include "storage/file/file_volume.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/hard_links.h"
#include "storage/file/log_salvage.h"
#include "storage/file/log_walk.h"
#include "storage/file/new_file.h"
#include "storage/file/object_files.h"
#include "storage/file/reserve.h"
#include "storage/file/volume_manifest.h"
#include "storage/file/volume_view.h"
#include "storage/file/writer_lock.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

// A log without segments, complete as soon as its manifest is: the first `start` makes the rest the
// way every start does.
Result<void> create_log(Directory& directory, std::string_view engine_bytes) {
  Result<LogId> log_id = random_log_id();
  if (!log_id) return std::unexpected(std::move(log_id.error()));
  VolumeManifest manifest;
  manifest.log_id = *log_id;
  manifest.number = 1;
  manifest.engine_bytes = engine_bytes;
  return create_file(directory, manifest_name(manifest.number), encode_volume_manifest(manifest));
}

Result<VolumeView> create_and_look(Directory& directory, std::string_view engine_bytes) {
  if (Result<void> created = create_log(directory, engine_bytes); !created) {
    return std::unexpected(std::move(created.error()));
  }
  Result<std::optional<VolumeView>> view = look(directory);
  if (!view) return std::unexpected(std::move(view.error()));
  std::optional<VolumeView>& found = *view;
  if (!found) {
    return std::unexpected(damage(manifest_name(1), 0, "the manifest vanished when written"));
  }
  return std::move(*found);
}

}  // namespace

Result<std::unique_ptr<StorageVolume>> FileVolume::acquire(
    std::shared_ptr<FileSystem> file_system, std::unique_ptr<Directory> directory,
    const FileSystemStorageOptions& options) {
  return take(std::move(file_system), std::move(directory), options, std::nullopt);
}

Result<std::unique_ptr<StorageVolume>> FileVolume::create(std::shared_ptr<FileSystem> file_system,
                                                          std::unique_ptr<Directory> directory,
                                                          const FileSystemStorageOptions& options,
                                                          std::string_view bytes) {
  return take(std::move(file_system), std::move(directory), options, bytes);
}

Result<std::unique_ptr<StorageVolume>> FileVolume::take(std::shared_ptr<FileSystem> file_system,
                                                        std::unique_ptr<Directory> directory,
                                                        const FileSystemStorageOptions& options,
                                                        std::optional<std::string_view> new_bytes) {
  Result<std::unique_ptr<DirectoryLock>> lock = lock_for_writing(*file_system, *directory);
  if (!lock) return std::unexpected(std::move(lock.error()));
  Result<std::optional<VolumeView>> found = look(*directory);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found && new_bytes) return std::unexpected(invalid_argument("there is a log already"));
  Result<VolumeView> view =
      *found ? std::move(**found) : create_and_look(*directory, new_bytes.value_or(""));
  if (!view) return std::unexpected(std::move(view.error()));
  if (Result<void> sole = check_sole_names(*directory, view->manifest); !sole) {
    return std::unexpected(std::move(sole.error()));
  }
  note_writer(*directory);
  return std::unique_ptr<StorageVolume>(new FileVolume(
      std::move(file_system), std::move(directory), std::move(*lock), options, std::move(*view)));
}

FileVolume::FileVolume(std::shared_ptr<FileSystem> file_system,
                       std::unique_ptr<Directory> directory, std::unique_ptr<DirectoryLock> lock,
                       const FileSystemStorageOptions& options, VolumeView view)
    : file_system_(std::move(file_system)),
      directory_(std::move(directory)),
      lock_(std::move(lock)),
      options_(options),
      log_id_(view.manifest.log_id),
      epoch_{view.manifest.epoch.value + 1},
      objects_(*directory_),
      has_reserve_(view.inventory.has_reserve),
      manifest_number_(view.manifest.number),
      next_segment_(view.manifest.next_segment),
      opening_mark_(view.mark),
      opening_inventory_(std::move(view.inventory)),
      manifest_(std::move(view.manifest)) {}

PublishedManifest FileVolume::manifest() const {
  const std::lock_guard lock(mutex_);
  return {.number = manifest_.number,
          .bytes = manifest_.engine_bytes,
          .log_start = manifest_.log_start};
}

Result<std::unique_ptr<GroupScan>> FileVolume::scan() {
  WalkInput input;
  WalkEndSink sink;
  {
    const std::lock_guard lock(mutex_);
    input.manifest = manifest_;
    if (started_) {
      input.limit = Lsn{chain_.next_lsn.value - 1};
    } else {
      input.mark = opening_mark_;
      sink = [this](const WalkEnd& end) {
        const std::lock_guard inner(mutex_);
        end_ = end;
        end_found_ = true;
      };
    }
  }
  Result<std::unique_ptr<LogWalk>> walk =
      LogWalk::open(*directory_, std::move(input), std::move(sink));
  if (!walk) return std::unexpected(std::move(walk.error()));
  return std::unique_ptr<GroupScan>(std::move(*walk));
}

Result<std::unique_ptr<SalvageScan>> FileVolume::salvage() {
  WalkInput input;
  {
    const std::lock_guard lock(mutex_);
    if (started_) return std::unexpected(invalid_argument("the volume is started already"));
    input.manifest = manifest_;
    input.mark = opening_mark_;
  }
  Result<std::unique_ptr<LogSalvage>> salvage = LogSalvage::open(*directory_, std::move(input));
  if (!salvage) return std::unexpected(std::move(salvage.error()));
  return std::unique_ptr<SalvageScan>(std::move(*salvage));
}

std::string FileVolume::object_file(std::string_view name) const {
  return object_name(name);
}

Result<std::string> FileVolume::get(std::string_view name, std::uint64_t offset,
                                    std::uint64_t length) {
  return objects_.get(name, offset, length);
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> FileVolume::list() {
  return objects_.list();
}

VolumeStats FileVolume::stats() const {
  VolumeStats stats;
  if (const auto objects = objects_.list()) {
    for (const auto& [name, bytes] : *objects) stats.object_bytes += bytes;
  }
  const std::lock_guard lock(mutex_);
  stats.segments = members_.size();
  stats.spare_segments = spares_.size();
  for (const Member& member : members_) stats.log_bytes += member.segment.info.bytes;
  for (const Spare& spare : spares_) stats.log_bytes += spare.info.bytes;
  stats.appended_bytes = appended_bytes_;
  stats.written_bytes = written_bytes_;
  stats.flushes = appends_;
  stats.durable_mark = started_ ? Lsn{chain_.next_lsn.value - 1} : manifest_.durable;
  return stats;
}

Error FileVolume::poisoned_by(Error cause) {
  if (cause.code == Errc::kNoSpace || cause.code == Errc::kExhausted) cause.code = Errc::kIo;
  poison_.set(cause);
  return cause;
}

bool FileVolume::give_up_reserve() {
  return has_reserve_.exchange(false) && drop_reserve(*directory_);
}

bool FileVolume::wants_checkpoint() const {
  // The active one, the one before it, and one more that a slow checkpoint may leave.
  constexpr std::size_t kSegmentsKept = 3;
  // Without its reserve the disk is full, and a checkpoint may free segments.
  if (!has_reserve_) return true;
  const std::lock_guard lock(mutex_);
  return members_.size() > kSegmentsKept;
}

// First nothing new is begun, then what was begun ends, then the lock goes: whoever has it next
// must not meet a write of ours.
Result<void> FileVolume::close() {
  const bool may_flush = started_ && poison_.check();
  poison_.close();
  const std::scoped_lock writes(writing_);
  const std::scoped_lock chores(chores_mutex_);
  Result<void> flushed;
  if (may_flush) flushed = mark_->flush();
  lock_.reset();
  return flushed;
}

}  // namespace seawall::storage
