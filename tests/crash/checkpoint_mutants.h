#pragma once

#include "crash/mutants.h"

namespace seawall::crash {

/// Checkpoints say that they hold one record more than they do.
[[nodiscard]] Files overstating_checkpoints(Files machine);
/// Checkpoints say that they hold one record fewer than they do.
[[nodiscard]] Files understating_checkpoints(Files machine);

}  // namespace seawall::crash
