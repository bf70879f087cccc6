#pragma once

#include <nanobind/nanobind.h>

#include "seawall/file_system_storage.h"
#include "seawall/options.h"
#include "seawall/write_ahead_log.h"

namespace seawall::python {

/// Returns the options in `values`, by their C++ names; unknown names and wrong types raise
/// `InvalidArgumentError`.
[[nodiscard]] Options options_of(const nanobind::dict& values);
[[nodiscard]] FileSystemStorageOptions storage_options_of(const nanobind::dict& values);

/// Returns the figures as a dict, by their C++ names.
[[nodiscard]] nanobind::dict stats_of(const LogStats& stats);

}  // namespace seawall::python
