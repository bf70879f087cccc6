#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"
#include "format/record.h"
#include "recover/load.h"
#include "state/client_table.h"

namespace seawall::recover {

/// The steps of loading a log, for `load` and `salvage`. Used once, in the order of the methods.
class Loader {
 public:
  Loader(VolumeReader& volume, Target target) : volume_(volume), target_(target) {}

  [[nodiscard]] Result<void> load_manifest(std::string_view interpreter_id);
  /// Reads an object's index without using it.
  [[nodiscard]] Result<void> check_object(const format::ManifestObject& object);
  [[nodiscard]] Result<void> load_object(const format::ManifestObject& object);
  /// Loads all objects of the manifest.
  [[nodiscard]] Result<void> load_objects();
  void settle_voids();
  /// Folds every record of `scan`. With `past_contradictions`, a client whose records contradict
  /// each other is marked so, instead of being an error.
  [[nodiscard]] Result<void> replay(GroupScan& scan, bool past_contradictions);
  /// Under a quarantine of unknown clients, whoever is not proven by now is quarantined.
  void settle_quarantine();

  [[nodiscard]] Recovered& recovered() { return recovered_; }
  [[nodiscard]] Lsn log_start() const { return log_start_; }

 private:
  /// Entries or records read at once, before the first of them looks for its client.
  static constexpr std::size_t kAhead = 32;
  struct Ahead {
    Lsn lsn;
    format::RecordView record;
  };

  [[nodiscard]] Result<void> check_footer(const format::ManifestObject& object,
                                          const format::CheckpointFooter& footer) const;
  [[nodiscard]] Result<void> load_object(const format::ManifestObject& object,
                                         const format::CheckpointFooter& footer);
  [[nodiscard]] Result<void> load_entry(const state::ClientTable::Name& name,
                                        const format::CheckpointEntry& entry, std::uint64_t object);
  [[nodiscard]] Result<void> replay_group(ScannedGroup group, bool past_contradictions);
  [[nodiscard]] Result<std::size_t> read_ahead(format::FrameWalk& walk, Lsn& lsn,
                                               Location location);
  [[nodiscard]] Error record_error(format::GroupFault fault, Location location, Lsn lsn) const;

  VolumeReader& volume_;
  Target target_;
  Recovered recovered_;
  Lsn log_start_;
  std::array<Ahead, kAhead> ahead_;
  std::vector<state::ClientTable::Name> names_;  ///< Of the entries or records read ahead.
};

}  // namespace seawall::recover
