#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "checkpoint/victims.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/entry_trail.h"

namespace seawall::checkpoint {

/// One checkpoint object alive, and how much of it still counts.
struct LiveObject {
  std::uint64_t bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t entries = 0;
  std::uint32_t footer_checksum = 0;
  std::uint64_t live_entries = 0;
  std::uint64_t live_body_bytes = 0;
  bool is_unreadable = false;  ///< What it holds could not be read: it stays while it lives.

  /// Header and footer count as live with whatever needs them: rewriting would write them again.
  [[nodiscard]] std::uint64_t live_bytes() const {
    if (dead()) return 0;
    const std::uint64_t entry_bytes = entries == 0 ? 0 : index_bytes / entries;
    return format::kCheckpointHeaderBytes + format::kCheckpointFooterBytes + live_body_bytes +
           live_entries * entry_bytes;
  }
  [[nodiscard]] bool dead() const { return live_entries == 0 && live_body_bytes == 0; }
};

/// The objects the manifest names, with their live bytes. Used by one thread at a time.
class ObjectTable {
 public:
  /// Adds an object without live entries.
  void add(std::uint64_t number, std::uint64_t bytes, const format::CheckpointFooter& footer);
  void remove(std::uint64_t number) { objects_.erase(number); }

  /// Moves a client's newest entry.
  void replace(const state::EntryPlaces& before, const state::EntryPlaces& after);

  /// Never chooses the object again: rewriting it failed for what it holds.
  void mark_unreadable(std::uint64_t number);

  [[nodiscard]] const std::map<std::uint64_t, LiveObject>& objects() const { return objects_; }
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t live_bytes() const;

  /// Returns the sizes of the objects that may be rewritten.
  [[nodiscard]] std::vector<ObjectSize> sizes() const;

  /// Returns what a manifest says of these objects without those in `dead`, which is sorted.
  [[nodiscard]] std::vector<format::ManifestObject> manifest_objects(
      std::span<const std::uint64_t> dead) const;

  /// The number of the next object. Taken only when one is written, so that rounds that write
  /// nothing use none up.
  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }
  void take_number() { ++next_number_; }
  /// Never gives out `number`, whose file is still there.
  void skip_number(std::uint64_t number) { next_number_ = std::max(next_number_, number + 1); }
  void set_next_number(std::uint64_t number) { next_number_ = number; }

 private:
  void count(const state::EntryPlaces& places, bool add);

  std::map<std::uint64_t, LiveObject> objects_;
  std::uint64_t next_number_ = 1;
};

}  // namespace seawall::checkpoint
