#pragma once

/// \file
/// What a segment file says of itself, before any group in it is looked at.

#include <cstdint>
#include <optional>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

struct SegmentEvidence {
  SegmentInfo info;
  bool present = false;  ///< The file is there and can be opened.
  /// True when the segment is part of the log. A start block of an epoch the manifest does not know
  /// is an open that never finished: it holds copies only, and what was copied is still in place.
  bool started = false;
  StartBlock start;  ///< Meaningful when `started`.
  /// The start block is sound and of an epoch the manifest does not know. The next open takes the
  /// same epoch, so it must not leave this block in a segment that its manifest lists.
  bool start_abandoned = false;
  /// The start block is neither absent nor stale nor sound, or cannot be read.
  bool start_bad = false;
  bool recycled = false;  ///< May hold stale bytes.
};

/// A segment as it is, damaged or not.
struct SegmentRemains {
  SegmentEvidence evidence;
  std::optional<Error> damage;  ///< What of file, size or identity does not hold.
};

/// Looks at the segments that `manifest` lists as far as they are there. Errors: `kUnsupported`,
/// `kIo`.
[[nodiscard]] Result<std::vector<SegmentRemains>> examine_remains(Directory& directory,
                                                                  const VolumeManifest& manifest);

/// Looks at the segments that `manifest` lists and checks their presence, size and identity.
/// Errors: `kCorrupt` naming the first that does not hold, `kUnsupported`, `kIo`.
[[nodiscard]] Result<std::vector<SegmentEvidence>> examine_segments(Directory& directory,
                                                                    const VolumeManifest& manifest);

}  // namespace seawall::storage
