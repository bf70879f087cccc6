#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "format/manifest.h"

namespace seawall::checkpoint {

/// Objects are finished at this size: large enough that few are open, small enough that rewriting
/// one is short.
inline constexpr std::uint64_t kObjectBytesTarget = std::uint64_t{4} << 20;

/// Returns whether an error of a write says that nothing was written, so that it may be tried
/// again.
[[nodiscard]] constexpr bool is_undone(Errc code) {
  return code == Errc::kNoSpace || code == Errc::kExhausted;
}

/// Writes entries into objects of about `kObjectBytesTarget` and owns the objects until a manifest
/// names them: unless they are to be kept, its destructor removes them and takes them out of the
/// table, so that a round that fails leaves nothing on the disk. Used by one thread.
class ObjectWriter {
 public:
  /// Numbers come from `table`. Both outlive the writer.
  ObjectWriter(StorageVolume& volume, ObjectTable& table) : volume_(volume), table_(table) {}
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// The object to add the next entry to.
  [[nodiscard]] format::CheckpointBuilder& builder();

  /// To be called after each entry: writes the object once it is large enough. Errors: what the
  /// storage returned for it.
  [[nodiscard]] Result<void> end_entry();

  /// Writes what is left and adds all objects to the table.
  [[nodiscard]] Result<void> finish();

  /// To be called before a manifest that names the objects is published: from here on it may.
  void leave() { fate_ = Fate::kLeft; }
  /// Tells how publishing the manifest that names the objects ended.
  void settle(const Result<void>& published) {
    if (published) {
      fate_ = Fate::kPublished;
    } else {
      fate_ = is_undone(published.error().code) ? Fate::kRemoved : Fate::kLeft;
    }
  }

 private:
  struct Written {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    format::CheckpointFooter footer;
  };

  Result<void> write();

  StorageVolume& volume_;
  ObjectTable& table_;
  std::optional<format::CheckpointBuilder> builder_;
  std::vector<Written> written_;
  std::vector<std::string> names_;  // of `written_`: removing them must not allocate
  /// What the destructor does with the objects. Only published ones stay in the table: one that is
  /// in the table and was never adopted would count for clients whose entries it does not hold.
  /// A manifest whose fate is unknown may name the objects, so these stay on the disk, and the next
  /// open removes them when no manifest names them.
  enum class Fate : std::uint8_t { kRemoved, kLeft, kPublished };
  Fate fate_ = Fate::kRemoved;
};

}  // namespace seawall::checkpoint
