#pragma once

/// \file
/// Whom a gap in the log concerns, as far as segment directories tell.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/types.h"

#include "storage/file/file_system.h"
#include "storage/file/segment_evidence.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {

/// A sound group of a damaged log.
struct FoundGroup {
  std::size_t segment = 0;  ///< Index into the segments.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Lsn first;
  Lsn end;
};

/// A stretch of LSNs without a sound group.
struct FoundGap {
  Lsn begin;
  Lsn end;
  bool open_ended = false;
  std::size_t first_segment = 0;  ///< Segments the lost groups may lie in, as indexes.
  std::size_t last_segment = 0;
  std::size_t segment = 0;  ///< Where the chain breaks.
  std::uint64_t offset = 0;
};

/// What is left of a log.
struct LogRemains {
  Directory& directory;
  const VolumeManifest& manifest;
  const std::vector<SegmentRemains>& segments;
  const std::vector<FoundGroup>& groups;
};

/// Reports every gap, and every damaged segment file in which nothing is lost. Errors: `kIo`.
[[nodiscard]] Result<std::vector<LogGap>> report_gaps(const LogRemains& remains,
                                                      const std::vector<FoundGap>& gaps);

}  // namespace seawall::storage
