#pragma once

/// \file
/// Looks at a log's directory without changing it: what writers and readers both begin with.

#include <optional>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/mark.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

struct VolumeView {
  VolumeManifest manifest;
  std::optional<Mark> mark;
  Inventory inventory;
};

/// Returns the newest manifest and mark, or nothing where no log was ever completed. Errors:
/// `kCorrupt`, `kUnsupported`, `kIo`.
[[nodiscard]] Result<std::optional<VolumeView>> look(Directory& directory);

}  // namespace seawall::storage
