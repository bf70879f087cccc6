#pragma once

#include <string>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall::cli {

/// Returns the volume that `dir`, a path as the user gave it, stands for. Symbolic links above the
/// last component are followed. Errors: `kInvalidArgument` when it cannot name a log.
[[nodiscard]] Result<VolumeName> log_directory(const std::string& dir);

}  // namespace seawall::cli
