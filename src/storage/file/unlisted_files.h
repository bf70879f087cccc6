#pragma once

/// \file
/// Files that a manifest would list if it were the newest one.

#include <optional>
#include <string>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

/// Returns the name of a file which proves that a newer manifest than `manifest` was durable once;
/// nothing without one. Reads the unlisted segments of `inventory` only, of which a sound log has
/// none but after a crash. Errors: those of reading.
[[nodiscard]] Result<std::optional<std::string>> find_newer_file(Directory& directory,
                                                                 const Inventory& inventory,
                                                                 const VolumeManifest& manifest);

}  // namespace seawall::storage
