#pragma once

/// \file
/// Where bytes live. The engine's only outside world.
///
/// A volume holds three things: a log of groups (what one flush makes durable), immutable named
/// objects (checkpoints), and one manifest, replaced atomically, that says which objects are alive
/// and where the log starts. How a file, a PostgreSQL row and an S3 object each are a group:
/// docs/design/0001-storage-interface.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/types.h"

namespace seawall {

/// Random identity of a log, drawn when it is created.
using LogId = std::array<std::byte, 16>;

/// Where a log lives: `base_dir/service_name`.
struct VolumeName {
  std::string base_dir;
  std::string service_name;  ///< One component of [A-Za-z0-9._-], not dots only.
};

/// Where a group begins; only the storage that made it can tell what it means.
struct Location {
  std::uint64_t value = 0;
  friend auto operator<=>(const Location&, const Location&) = default;
};

/// A location in words, for messages and `dump`.
struct Place {
  std::string file;
  std::uint64_t offset = 0;
};

/// One group read back: the bytes that were appended, checked against their checksums, log id and
/// place in the chain.
struct ScannedGroup {
  Location location;
  std::string bytes;
};

/// When a group was issued.
struct GroupTime {
  std::uint64_t wall_us = 0;  ///< By the machine's clock, microseconds since 1970; may jump.
  std::uint64_t retention_us =
      0;                       ///< By the log's own clock, by which text ids expire; never falls.
  std::uint32_t uptime_s = 0;  ///< Seconds since the machine was started, rounded up; 0: unknown.
};

/// Where the log ends: what the next group must continue.
struct ChainEnd {
  std::uint64_t next_group = 1;
  Lsn next_lsn{1};
  std::uint32_t checksum = 0;  ///< Checksum of the last group, 0 before the first.
  GroupTime time;              ///< Of the last group.
  Epoch epoch;                 ///< Of the last group.
};

/// One walk over the log, oldest group first. Used by one thread, which need not be the one that
/// uses the volume meanwhile.
class GroupScan {
 public:
  GroupScan() = default;
  GroupScan(const GroupScan&) = delete;
  GroupScan& operator=(const GroupScan&) = delete;
  virtual ~GroupScan() = default;

  /// Returns the next group, or nothing at the end of the log. Errors: `kCorrupt` with place and
  /// LSN range when acknowledged bytes are damaged (a torn tail is an end, not damage).
  [[nodiscard]] virtual Result<std::optional<ScannedGroup>> next() = 0;

  /// Allows `next` to leave out groups wholly below `lsn`, which it checks all the same.
  virtual void skip_below(Lsn /*lsn*/) {}

  /// Returns what the next group must continue; meaningful after `next` returned nothing.
  [[nodiscard]] virtual ChainEnd chain_end() const = 0;

  /// Returns how many bytes of a torn tail were found behind the end, 0 for a clean end.
  [[nodiscard]] virtual std::uint64_t torn_bytes() const = 0;
};

/// A walk over what is sound of a damaged log: `next` leaves the gaps out.
class SalvageScan : public GroupScan {
 public:
  /// Returns the log's damage, oldest first; known from the beginning.
  [[nodiscard]] virtual const std::vector<LogGap>& gaps() const = 0;
};

/// The current manifest: the number it was published under and the engine's bytes in it.
struct PublishedManifest {
  std::uint64_t number = 0;
  std::string bytes;  ///< Empty until the engine first publishes.
  Lsn log_start{1};   ///< First LSN the log still holds.
};

/// Figures of a volume, for `stat`.
struct VolumeStats {
  std::uint64_t segments = 0;        ///< Pieces of log in use, the active one included.
  std::uint64_t spare_segments = 0;  ///< Prepared pieces waiting for use.
  std::uint64_t log_bytes = 0;       ///< Allocated to the log, spares included.
  std::uint64_t object_bytes = 0;    ///< Allocated to named objects.
  std::uint64_t appended_bytes = 0;  ///< Passed to write for groups by this writer.
  std::uint64_t written_bytes = 0;   ///< Passed to write for anything by this writer.
  std::uint64_t flushes = 0;         ///< Device flushes of appends by this writer.
  Lsn durable_mark;                  ///< Highest LSN the storage itself knows to be durable.
};

/// A volume open for reading, possibly beside a writer in another process.
///
/// Thread safety: all methods may be called from any thread.
class VolumeReader {
 public:
  VolumeReader() = default;
  VolumeReader(const VolumeReader&) = delete;
  VolumeReader& operator=(const VolumeReader&) = delete;
  virtual ~VolumeReader() = default;

  [[nodiscard]] virtual LogId log_id() const = 0;

  /// Returns the manifest this reader was opened with or last published.
  [[nodiscard]] virtual PublishedManifest manifest() const = 0;

  /// Starts a walk at the oldest group the log holds.
  [[nodiscard]] virtual Result<std::unique_ptr<GroupScan>> scan() = 0;

  /// Starts a walk that goes on past damage, for logs that `scan` finds damaged. `chain_end` then
  /// lies behind everything that may have been acknowledged. Errors: `kCorrupt` when nothing can be
  /// told, `kUnsupported`, `kIo`. The default finds no gaps and fails where `scan` does.
  [[nodiscard]] virtual Result<std::unique_ptr<SalvageScan>> salvage();

  /// Returns the name, within the log's directory, of the file that holds object `name`.
  [[nodiscard]] virtual std::string object_file(std::string_view name) const {
    return std::string(name);
  }

  /// Reads `length` bytes at `offset` of object `name`. Errors: `kCorrupt` when the object is
  /// missing or shorter, `kIo`.
  [[nodiscard]] virtual Result<std::string> get(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) = 0;

  /// Returns the names and sizes, in bytes, of the objects that exist.
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, std::uint64_t>>> list() = 0;

  /// Returns `location` in words.
  [[nodiscard]] virtual Place describe(Location location) const = 0;

  [[nodiscard]] virtual VolumeStats stats() const = 0;
};

/// What `publish` makes current, all or nothing.
struct ManifestUpdate {
  std::string_view bytes;  ///< The engine's own, opaque to the storage.
  Lsn log_start;           ///< Groups wholly below may be removed or recycled.
};

/// A volume owned by one writer. Order of use: read (`manifest`, `get`, `scan` to its end), then
/// `start`, then write.
///
/// After any error from `append` other than `kNoSpace` the volume is poisoned: it writes nothing
/// any more, to any file; reads go on.
class StorageVolume : public VolumeReader {
 public:
  /// Returns the epoch this writer holds; it was raised before anything was read.
  [[nodiscard]] virtual Epoch epoch() const = 0;

  /// Makes what the scan found proven (re-writes what may be page cache only) and fixes where the
  /// log ends; a torn tail is gone for ever. Durable on return. `end` is the scan's chain end.
  [[nodiscard]] virtual Result<void> start(const ChainEnd& end) = 0;

  /// Instead of `start`: leaves the log as it was behind and begins an empty one that continues at
  /// `end`, with `update` as its manifest, all or nothing. What `put` made before counts with it.
  /// Durable on return. Errors: `kNoSpace`, `kIo`; `kInvalidArgument` where it is not supported,
  /// which is the default.
  [[nodiscard]] virtual Result<void> restart(const ChainEnd& end, const ManifestUpdate& update);

  /// Appends one group (format/group.h), durable on return. One call at a time. Errors: `kFenced`,
  /// `kIo`, and `kNoSpace` when more was appended than `room` allowed.
  [[nodiscard]] virtual Result<Location> append(std::string_view group) = 0;

  /// Returns the length, in bytes, up to which one group fits without waste at the next `append`;
  /// a longer one is accepted too.
  [[nodiscard]] virtual std::uint64_t group_bytes_hint() const = 0;

  /// Returns what a group's length is rounded up to when space is counted. Constant.
  [[nodiscard]] virtual std::uint64_t group_align_bytes() const { return 64; }

  /// Returns how many bytes of groups, each at most `group_bytes_max` long, are sure to be
  /// appended without asking the device for more space.
  [[nodiscard]] virtual std::uint64_t room(std::uint64_t group_bytes_max) const = 0;

  /// Tries to make `room(group_bytes_max)` at least `bytes`. Blocks for one preparation of space.
  /// Errors: `kNoSpace`; calling again later may succeed.
  [[nodiscard]] virtual Result<void> make_room(std::uint64_t bytes,
                                               std::uint64_t group_bytes_max) = 0;

  /// Creates object `name` ([a-z0-9-], 1 to 64), durable on return; never replaces one. Errors:
  /// `kNoSpace`, `kIo`; nothing is left behind.
  [[nodiscard]] virtual Result<void> put(std::string_view name, std::string_view bytes) = 0;

  /// Replaces the manifest, durable on return, then frees the log below its start.
  [[nodiscard]] virtual Result<void> publish(const ManifestUpdate& update) = 0;

  /// Removes objects that neither the durable manifest nor a caller's `get` needs any more. What
  /// cannot be removed stays and harms nothing; the engine finds it at its next open.
  virtual void remove(const std::vector<std::string>& names) = 0;

  /// Returns whether the log holds more pieces than it needs, so that a checkpoint would free some.
  [[nodiscard]] virtual bool wants_checkpoint() const = 0;

  /// Does chores that must not delay an append: prepares space ahead, flushes marks after quiet.
  /// Called from one background thread after appends, and about every 100 ms while there were
  /// some. `now_us` is a monotonic time in microseconds. Whether an error here has harmed the
  /// volume, `health` tells.
  [[nodiscard]] virtual Result<void> maintain(std::uint64_t now_us) = 0;

  /// Returns why the volume writes nothing any more, whatever call came across it: a write whose
  /// outcome is unknown, another owner, the end. The engine asks after chores and checkpoints that
  /// failed, whose errors alone end nothing. Errors: `kPoisoned`, `kFenced`, `kClosed`.
  [[nodiscard]] virtual Result<void> health() const = 0;

  /// Flushes marks and releases the volume. Every call that would write after it fails with
  /// `kClosed`. Errors: `kIo` when the flush fails; the volume is released all the same.
  [[nodiscard]] virtual Result<void> close() = 0;
};

/// A place for logs. Holds no log itself: one object serves any number of volumes.
///
/// Thread safety: all methods may be called from any thread.
class StorageInterface {
 public:
  StorageInterface() = default;
  StorageInterface(const StorageInterface&) = delete;
  StorageInterface& operator=(const StorageInterface&) = delete;
  virtual ~StorageInterface() = default;

  /// Opens or creates a volume for writing and fences every earlier writer. Errors: `kLocked`
  /// within a second while a holder lives; `kCorrupt`; `kUnsupported`; `kIo`; `kNoSpace`.
  [[nodiscard]] virtual Result<std::unique_ptr<StorageVolume>> acquire(const VolumeName& name) = 0;

  /// Creates a volume for writing where there is none. From its first moment its manifest carries
  /// `bytes`, so that no crash leaves one without them: what a repair writes into is never taken
  /// for a new log. Errors: `kInvalidArgument` when there is a volume already, or when the storage
  /// cannot do this, which is the default; else as `acquire`.
  [[nodiscard]] virtual Result<std::unique_ptr<StorageVolume>> create(const VolumeName& name,
                                                                      std::string_view bytes);

  /// Opens a volume for reading; takes no lock and writes nothing. Errors: `kNotFound` when there
  /// is no completed log; `kCorrupt`; `kUnsupported`; `kIo`.
  [[nodiscard]] virtual Result<std::unique_ptr<VolumeReader>> read(const VolumeName& name) = 0;
};

}  // namespace seawall
