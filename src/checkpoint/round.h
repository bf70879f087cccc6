#pragma once

/// \file
/// A checkpoint round: what changed since the last one, and what lies in objects less than half
/// live, goes into new objects; then one manifest makes them current and lets the log be trimmed.
///
///   write objects -> publish -> move clients to their new entries -> remove old objects, trim tail
///
/// Until the publication nothing in memory has moved, so that a failed round only has to put its
/// clients back on the dirty lists.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "checkpoint/entry.h"
#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/tail.h"

namespace seawall::checkpoint {

/// Objects are finished at this size: large enough that few are open, small enough that rewriting
/// one is short.
inline constexpr std::uint64_t kObjectBytesTarget = std::uint64_t{4} << 20;

/// What rounds work on. Everything outlives the round.
struct RoundContext {
  state::ClientTable& table;
  state::Tail& tail;
  ObjectTable& objects;
  StorageVolume& volume;
  std::string interpreter_id;
  std::vector<std::string>& orphans;  ///< Objects to be removed by the next round.
  std::optional<format::Quarantine> quarantine{};
};

/// Used once, by one thread; no other round may run.
class Round {
 public:
  Round(RoundContext& context, EntryWriter& writer) : context_(context), writer_(writer) {}

  /// Checkpoints everything up to `durable`. Errors: `kNoSpace` (try again later), others from the
  /// storage or from reading former checkpoints.
  [[nodiscard]] Result<void> run(Lsn durable);

  /// Returns the clients that nothing is left of, for the caller to erase from the table.
  [[nodiscard]] const std::vector<state::NamedClient*>& forgotten() const { return forgotten_; }

 private:
  struct Work {
    state::NamedClient* client = nullptr;
    bool relocate = false;
  };

  struct NewObject {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0;
    format::CheckpointFooter footer;
  };

  void collect_dirty();
  Result<void> collect_victims();
  Result<void> write_all();
  Result<void> finish(format::CheckpointBuilder builder);
  Result<void> publish(Lsn durable);
  void install(const WrittenEntry& written);
  void drop_dead_objects();
  void give_back();

  RoundContext& context_;
  EntryWriter& writer_;
  std::vector<Work> work_;
  std::vector<std::uint32_t> dead_;
  std::vector<std::pair<std::uint32_t, std::vector<std::string>>> dead_names_;
  std::vector<NewObject> new_objects_;
  std::vector<WrittenEntry> written_;
  std::vector<state::NamedClient*> forgotten_;
};

}  // namespace seawall::checkpoint
