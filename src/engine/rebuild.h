#pragma once

/// \file
/// Writes a loaded log anew, as checkpoints in a log without records: how repair and quarantine are
/// applied (docs/design/0007-damage.md).

#include <string_view>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "recover/load.h"
#include "state/client_table.h"
#include "state/live_states.h"

namespace seawall::engine {

/// Returns the error for a log that holds objects and no manifest of an engine, which is published
/// before the first object: it must not be taken for a new, empty log.
[[nodiscard]] Result<void> refuse_lost_manifest(const recover::Recovered& recovered,
                                                VolumeReader& volume);

/// What is written: every client of `table` that there is something to know of.
struct RebuildSource {
  state::ClientTable& table;
  state::LiveStates& states;  ///< Reads the old log.
  const recover::Recovered& recovered;
};

/// Writes `source` into `target`, which is not started, and starts it behind `source`'s chain. All
/// or nothing; what is cut off leaves objects that no manifest names. Errors: `kNoSpace`, `kIo`,
/// what reading a state of a client that is not quarantined returns.
[[nodiscard]] Result<void> rebuild(const RebuildSource& source, StorageVolume& target);

/// Quarantines the damaged log at `name` in place: from then on it is sound, and clients that are
/// not proven whole are quarantined. Errors as `recover::salvage` and `rebuild`.
[[nodiscard]] Result<void> quarantine_in_place(StorageInterface& storage, const VolumeName& name,
                                               std::string_view interpreter_id);

/// Returns what a caller gets who speaks of a quarantined client.
[[nodiscard]] Error quarantined_error(std::string_view client);

/// Returns the error for a log with a quarantine that `policy` does not accept; nothing when it
/// does.
[[nodiscard]] Result<void> accept_quarantine(const recover::Recovered& recovered,
                                             DamagePolicy policy);

}  // namespace seawall::engine
