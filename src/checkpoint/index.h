#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/checkpoint.h"

namespace seawall::checkpoint {

/// Returns the error for a damaged or newer checkpoint object of `volume`.
[[nodiscard]] Error object_error(const VolumeReader& volume, format::GroupFault fault,
                                 std::uint64_t object, std::uint64_t offset, const char* what);

/// Reads the footer of object `object` of `bytes` bytes. Errors: `kCorrupt` with file and offset,
/// `kUnsupported`, `kIo`.
[[nodiscard]] Result<format::CheckpointFooter> read_footer(VolumeReader& volume,
                                                           std::uint64_t object,
                                                           std::uint64_t bytes);

/// Returns the error for an index that `format::IndexWalk` found damaged.
[[nodiscard]] Error index_error(const VolumeReader& volume, const format::CheckpointFooter& footer);

/// Reads the index of object `object`, whose footer is `footer`, and checks its checksum. Errors:
/// `kCorrupt` with file and offset, `kIo`.
[[nodiscard]] Result<std::string> read_index_bytes(VolumeReader& volume, std::uint64_t object,
                                                   const format::CheckpointFooter& footer);

/// Reads object `object` of `bytes` bytes' footer and index and calls `visit` for each entry. Two
/// reads. Errors: `kCorrupt` with file and offset, `kUnsupported`, `kIo`, and what `visit` returns.
[[nodiscard]] Result<format::CheckpointFooter> read_index(
    VolumeReader& volume, std::uint64_t object, std::uint64_t bytes,
    const std::function<Result<void>(const format::CheckpointEntry&)>& visit);

}  // namespace seawall::checkpoint
