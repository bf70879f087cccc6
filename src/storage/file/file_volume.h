#pragma once

/// \file
/// A log in a directory, open for writing.
///
/// Rules that keep it whole, wherever it is cut:
///  - A file gets its name only filled and flushed (new_file.h), and is part of the log only once a
///    durable manifest lists it. Nothing a durable manifest lists is removed.
///  - What recovery reads may be page cache only. `start` therefore begins a new segment with a
///    copy of the group above every mark, and publishes a manifest with the raised epoch only after
///    that is durable. Until then the new segment does not count and the old ones are as they were;
///    from then on its start block fixes where they end.
///  - Within an epoch a group number is written once; epochs rise with each completed start. So
///    stale bytes can never continue the chain.
///  - One write and one flush per append; a failure in between poisons: nothing is written any
///  more.
///
///  - Once closed, nothing is written; the lock is given up last.
///
/// Locks: `writing_` first; `chores_mutex_` serialises manifests and preparations and is held
/// across their I/O; `mutex_` guards the fields below it, is held briefly and never across I/O;
/// taken in this order. `append` takes `chores_mutex_` only when no segment is ready.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/file_system.h"
#include "storage/file/log_walk.h"
#include "storage/file/mark.h"
#include "storage/file/object_files.h"
#include "storage/file/poison.h"
#include "storage/file/segment.h"
#include "storage/file/volume_manifest.h"
#include "storage/file/volume_view.h"

namespace seawall::storage {

class FileVolume final : public StorageVolume {
 public:
  /// Locks `directory`, which the volume then owns, and reads or creates the log in it.
  [[nodiscard]] static Result<std::unique_ptr<StorageVolume>> acquire(
      std::shared_ptr<FileSystem> file_system, std::unique_ptr<Directory> directory,
      const FileSystemStorageOptions& options);
  /// Locks `directory` and creates a log in it whose first manifest carries `bytes`. Errors:
  /// `kInvalidArgument` when there is one.
  [[nodiscard]] static Result<std::unique_ptr<StorageVolume>> create(
      std::shared_ptr<FileSystem> file_system, std::unique_ptr<Directory> directory,
      const FileSystemStorageOptions& options, std::string_view bytes);
  ~FileVolume() override = default;
  FileVolume(const FileVolume&) = delete;
  FileVolume& operator=(const FileVolume&) = delete;

  [[nodiscard]] LogId log_id() const override { return log_id_; }
  [[nodiscard]] PublishedManifest manifest() const override;
  [[nodiscard]] Result<std::unique_ptr<GroupScan>> scan() override;
  [[nodiscard]] Result<std::unique_ptr<SalvageScan>> salvage() override;
  [[nodiscard]] std::string object_file(std::string_view name) const override;
  [[nodiscard]] Result<std::string> get(std::string_view name, std::uint64_t offset,
                                        std::uint64_t length) override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() override;
  [[nodiscard]] Place describe(Location location) const override { return place_of(location); }
  [[nodiscard]] VolumeStats stats() const override;

  [[nodiscard]] Epoch epoch() const override { return epoch_; }
  [[nodiscard]] Result<void> start(const ChainEnd& end) override;
  [[nodiscard]] Result<void> restart(const ChainEnd& end, const ManifestUpdate& update) override;
  [[nodiscard]] Result<Location> append(std::string_view group) override;
  [[nodiscard]] std::uint64_t group_bytes_hint() const override;
  [[nodiscard]] std::uint64_t room(std::uint64_t group_bytes_max) const override;
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes, std::uint64_t group_bytes_max) override;
  [[nodiscard]] Result<void> put(std::string_view name, std::string_view bytes) override;
  [[nodiscard]] Result<void> publish(const ManifestUpdate& update) override;
  void remove(const std::vector<std::string>& names) override;
  [[nodiscard]] bool wants_checkpoint() const override;
  [[nodiscard]] Result<void> maintain(std::uint64_t now_us) override;
  [[nodiscard]] Result<void> health() const override { return poison_.check(); }
  [[nodiscard]] Result<void> close() override;

 private:
  /// A segment of the log that a `start` or `append` began.
  struct Member {
    LogSegment segment;
    bool durable = false;  ///< Its start block is, so that it says where the one before it ends.
  };
  struct Spare {
    SegmentInfo info;
    std::shared_ptr<File> file;
  };
  /// Where the next group goes.
  struct Target {
    std::shared_ptr<File> file;
    SegmentInfo info;
    std::uint64_t offset = 0;
    bool starts_segment = false;
  };
  /// What changes from one manifest to the next.
  struct ManifestChange {
    std::optional<std::string_view> engine_bytes{};
    std::optional<Lsn> log_start{};
    std::optional<SegmentInfo> added{};
    std::optional<Epoch> epoch{};
  };

  FileVolume(std::shared_ptr<FileSystem> file_system, std::unique_ptr<Directory> directory,
             std::unique_ptr<DirectoryLock> lock, const FileSystemStorageOptions& options,
             VolumeView view);

  /// With `new_bytes` only where there is no log.
  [[nodiscard]] static Result<std::unique_ptr<StorageVolume>> take(
      std::shared_ptr<FileSystem> file_system, std::unique_ptr<Directory> directory,
      const FileSystemStorageOptions& options, std::optional<std::string_view> new_bytes);

  // file_volume_start.cc
  [[nodiscard]] Result<void> find_end(const ChainEnd& end);
  [[nodiscard]] Result<void> begin_segment();
  [[nodiscard]] Result<void> remove_garbage();
  [[nodiscard]] Result<Spare> take_first_segment(std::uint64_t group_bytes);
  [[nodiscard]] Result<Spare> make_first_segment(std::uint64_t group_bytes);
  void activate(const Spare& spare, std::uint64_t copied_bytes);
  [[nodiscard]] Result<void> begin_anew(const ManifestUpdate& update);
  void remove_former(const std::vector<SegmentInfo>& segments);
  [[nodiscard]] Result<std::string> read_unproven();
  [[nodiscard]] Result<Spare> find_first_segment(std::string& copied);
  [[nodiscard]] Result<void> prove_in_place(std::string_view group);
  [[nodiscard]] Result<void> write_first_segment(const Spare& spare, std::string_view copied);
  [[nodiscard]] Result<void> write_first_mark();
  [[nodiscard]] Mark current_mark() const;

  // file_volume_append.cc
  [[nodiscard]] Result<format::GroupHeader> check_group(std::string_view group) const;
  [[nodiscard]] std::optional<Target> take_target(const format::GroupHeader& header);
  [[nodiscard]] Result<Target> take_prepared_target(const format::GroupHeader& header);
  [[nodiscard]] Result<void> write_group(const Target& target, const format::GroupHeader& header,
                                         std::string_view group);
  [[nodiscard]] Result<void> write_unflushed(File& file, std::uint64_t offset,
                                             std::string_view bytes);
  [[nodiscard]] Result<void> write_mark();
  /// Calls `attempt`, which writes bytes that nothing has flushed, until it does not run short.
  template <class Attempt>
  [[nodiscard]] Result<void> insist(Attempt attempt);
  [[nodiscard]] StartBlock start_block(const Target& target) const;
  void note_appended(const Target& target, const format::GroupHeader& header);
  /// Where writing into files must end now; 0 where not even the mark could be written.
  [[nodiscard]] std::uint64_t writable_bytes() const;
  [[nodiscard]] std::uint64_t active_room_locked(std::uint64_t writable_bytes) const;

  // file_volume_chores.cc
  [[nodiscard]] Result<void> flush_quiet_mark(std::uint64_t now_us);
  [[nodiscard]] Result<void> keep_reserve();
  [[nodiscard]] Result<void> prepare_spare(std::uint64_t capacity);
  [[nodiscard]] Result<Spare> make_spare_file(std::uint64_t bytes, std::uint64_t capacity);
  [[nodiscard]] std::uint64_t segment_bytes_for(std::uint64_t capacity) const;
  [[nodiscard]] bool can_recycle(std::uint64_t bytes, std::uint64_t capacity) const;
  [[nodiscard]] std::uint64_t first_segment_bytes(std::uint64_t available_bytes) const;
  [[nodiscard]] std::uint64_t smallest_segment_bytes() const;
  [[nodiscard]] std::uint64_t needed_segment_bytes(std::uint64_t capacity) const;
  [[nodiscard]] std::uint64_t next_segment_bytes(std::uint64_t capacity,
                                                 std::uint64_t free_bytes) const;
  [[nodiscard]] Result<Spare> make_next_segment(std::uint64_t capacity);
  void drop_unlisted(Spare spare);
  [[nodiscard]] Result<void> write_directories();
  [[nodiscard]] Result<void> write_directory(const LogSegment& segment, std::uint64_t end_group);

  // file_volume_manifest.cc
  [[nodiscard]] Result<void> write_manifest(const ManifestChange& change);
  [[nodiscard]] Result<void> try_write_manifest(const VolumeManifest& manifest);
  [[nodiscard]] std::vector<SegmentInfo> dead_segments_locked(Lsn log_start) const;
  void release_segments(const std::vector<SegmentInfo>& dead);
  void release_file(const SegmentInfo& info);
  void drop_recycled();
  [[nodiscard]] Result<void> create_object(std::string_view file_name, std::string_view bytes);
  /// Poisons the volume by a write whose outcome is unknown; returns what to report. What ran short
  /// there is no longer a matter of trying again.
  [[nodiscard]] Error poisoned_by(Error cause);

  /// Gives the reserve up when `attempt` finds the disk full, and tries once more.
  template <class Attempt>
  [[nodiscard]] auto with_reserve(Attempt attempt) {
    auto result = attempt();
    if (!result && result.error().code == Errc::kNoSpace && give_up_reserve()) result = attempt();
    return result;
  }
  [[nodiscard]] bool give_up_reserve();

  const std::shared_ptr<FileSystem> file_system_;
  const std::unique_ptr<Directory> directory_;
  std::unique_ptr<DirectoryLock> lock_;
  const FileSystemStorageOptions options_;
  const LogId log_id_;
  const Epoch epoch_;
  Poison poison_;
  ObjectFiles objects_;
  std::unique_ptr<MarkFile> mark_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> has_reserve_ = false;
  std::atomic<std::uint64_t> written_bytes_ = 0;

  /// Held shared by a call that writes without `chores_mutex_`, exclusively by `close`.
  std::shared_mutex writing_;

  std::mutex chores_mutex_;
  std::uint64_t manifest_number_ = 0;  ///< Highest number ever tried.
  std::uint64_t next_segment_ = 1;
  std::uint64_t largest_segment_bytes_ = 0;
  /// What the file system last refused a segment half as large again for; a limit on file sizes or
  /// a quota, which free space does not tell of.
  std::uint64_t segment_bytes_cap_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<SegmentInfo> recycled_;  ///< A freed file, kept under recycled_name().
  std::set<std::uint64_t> directories_;  ///< Segments whose directory is written.
  std::uint64_t appends_seen_ = 0;
  std::uint64_t quiet_since_us_ = 0;
  bool mark_flushed_ = true;
  std::optional<Mark> opening_mark_;
  Inventory opening_inventory_;

  mutable std::mutex mutex_;
  VolumeManifest manifest_;  ///< As last made durable; its segments may be behind.
  bool end_found_ = false;
  WalkEnd end_;                       ///< What the scan before `start` found.
  std::vector<Member> members_;       ///< Oldest first; the last one is active.
  std::deque<Spare> spares_;          ///< Ascending numbers, all above the active one's.
  std::vector<SegmentInfo> skipped_;  ///< Listed, never to be used.
  Target active_;
  ChainEnd chain_;
  std::uint64_t appends_ = 0;
  std::uint64_t appended_bytes_ = 0;
};

}  // namespace seawall::storage
