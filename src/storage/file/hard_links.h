#pragma once

/// \file
/// Files of a log that other names lead to as well, as in a copy made of hard links (`cp -al`).
/// Segments and the mark are overwritten in place: writing would change the other copy too.

#include <string>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

/// Says that `file` cannot be written without changing what another name leads to (`kForeign`).
[[nodiscard]] Error has_other_names(std::string file);

/// Checks the files that a writer of the log overwrites, before it changes anything. Errors:
/// `kForeign` naming the first that has another name. Files that are missing are not its matter.
[[nodiscard]] Result<void> check_sole_names(const Directory& directory,
                                            const VolumeManifest& manifest);

}  // namespace seawall::storage
