#pragma once

#include "seawall/error.h"

namespace seawall::cli {

/// What the command's exit code says; listed in `seawall --help`. A signal adds 128.
enum class ExitCode : int {
  kOk = 0,
  kUsage = 1,
  kNotFound = 2,
  kTorn = 3,
  kDamage = 4,
  kLocked = 5,
  kNewer = 6,
  kIo = 7,
};

[[nodiscard]] ExitCode exit_code(Errc code);

/// The exit code of a process that ended because of `signal`, as shells report it.
[[nodiscard]] ExitCode signal_exit_code(int signal);

}  // namespace seawall::cli
