#pragma once

#include "crash/mutants.h"

namespace seawall::crash {

/// Checkpoints say that they hold one record more than they do.
[[nodiscard]] Files overstating_checkpoints(Files machine);
/// Checkpoints say that they hold one record fewer than they do.
[[nodiscard]] Files understating_checkpoints(Files machine);
/// Tombstones name another client, as if none had been written.
[[nodiscard]] Files misnaming_tombstones(Files machine);

}  // namespace seawall::crash
