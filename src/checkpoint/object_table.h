#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "format/checkpoint.h"
#include "format/manifest.h"

namespace seawall::checkpoint {

/// Where a client's newest entry is, as far as space is concerned.
struct EntryPlaces {
  std::uint32_t object = 0;  ///< Object whose index has the entry, 0 for none.
  format::BodyPlace body;
  format::BodyPlace base;
};

/// One checkpoint object alive, and how much of it still counts.
struct LiveObject {
  std::uint64_t bytes = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t entries = 0;
  std::uint32_t footer_checksum = 0;
  std::uint64_t live_entries = 0;
  std::uint64_t live_body_bytes = 0;

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
  void add(std::uint32_t number, std::uint64_t bytes, const format::CheckpointFooter& footer);
  void remove(std::uint32_t number) { objects_.erase(number); }

  /// Moves a client's newest entry.
  void replace(const EntryPlaces& before, const EntryPlaces& after);

  [[nodiscard]] const std::map<std::uint32_t, LiveObject>& objects() const { return objects_; }
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t live_bytes() const;

  /// Returns the objects worth rewriting: less than half live, or, when there are many, the
  /// smallest, so that `open` reads few objects.
  [[nodiscard]] std::vector<std::uint32_t> victims() const;

  /// Returns what a manifest says of these objects without those in `dead`.
  [[nodiscard]] std::vector<format::ManifestObject> manifest_objects(
      const std::vector<std::uint32_t>& dead) const;

  std::uint32_t take_number() { return next_number_++; }
  [[nodiscard]] std::uint32_t next_number() const { return next_number_; }
  /// Never gives out the number of `name` (format::checkpoint_name), when it is one.
  void skip_number(std::string_view name);
  void set_next_number(std::uint32_t number) { next_number_ = number; }

 private:
  void count(const EntryPlaces& places, bool add);

  std::map<std::uint32_t, LiveObject> objects_;
  std::uint32_t next_number_ = 1;
};

}  // namespace seawall::checkpoint
