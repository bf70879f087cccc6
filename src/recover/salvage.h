#pragma once

/// \file
/// Loads a damaged log: everything sound into a client table, and who of it is proven whole
/// (docs/design/0007-damage.md). Reads only.

#include <string_view>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "recover/load.h"
#include "state/body_loader.h"

namespace seawall::recover {

struct Salvaged {
  /// The manifest carries the quarantine, if anyone is not whole; the chain's end lies behind all
  /// damage.
  Recovered recovered;
  std::vector<DamageReport> damage;  ///< With whom each place concerns, checkpoints considered.
};

/// Loads what is sound into `target`, whose clients are quarantined unless proven whole. Reads the
/// whole log and every state, through `loader`. Errors: `kCorrupt` when the manifest is not sound:
/// then nothing can be proven; `kUnsupported`, `kIo`, `kInvalidArgument` as `load`.
[[nodiscard]] Result<Salvaged> salvage(VolumeReader& volume, std::string_view interpreter_id,
                                       Target target, state::BodyLoader& loader);

}  // namespace seawall::recover
