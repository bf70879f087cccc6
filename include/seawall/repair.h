#pragma once

/// \file
/// Makes a sound log out of a damaged one, elsewhere, and tells what it lacks.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall {

struct RepairOptions {
  /// Lets clients that the log knows nothing of begin in the new one although records of them may
  /// be lost. Your word that none are; by default they are quarantined as well.
  bool admit_unknown_clients = false;
};

/// What a repair found and did.
struct RepairReport {
  Lsn lsn;                               ///< The new log goes on behind this.
  std::uint64_t whole_clients = 0;       ///< Copied as they are; ended ones included.
  std::vector<std::string> quarantined;  ///< Not proven whole: quarantined in the new log; sorted.
  bool unknown_quarantined = false;      ///< So is every client the log knows nothing of.
  std::vector<DamageReport> damage;      ///< Every damaged place and whom it concerns.

  /// Returns whether anything may be lost.
  [[nodiscard]] bool is_lossy() const { return unknown_quarantined || !quarantined.empty(); }
};

/// Copies the log `source`, whole clients with state, ids and LSNs, into the new log `target`. It
/// never writes to `source`. Clients that are not proven whole are quarantined in `target`: calls
/// on them fail with `kCorrupt` until they are cleared. `target` has a log id of its own, no
/// records, and opens under the default policy. All states are read and written once.
///
/// Errors: `kInvalidArgument` when there is anything at `target`; `kNotFound` no log at `source`;
/// `kCorrupt` when its manifest is not sound: nothing can be proven then; `kBusy` when a writer
/// keeps changing it; `kUnsupported`, `kIo`, `kNoSpace`. After an error `target` is no log.
[[nodiscard]] Result<RepairReport> repair(const std::shared_ptr<StorageInterface>& storage,
                                          const VolumeName& source, const VolumeName& target,
                                          const RepairOptions& options = {});

}  // namespace seawall
