#pragma once

/// \file
/// Ballast: a file that is given up when the disk is full, so that a full disk can always be
/// opened, cleared and checkpointed. It holds one smallest segment and a quarter for manifests and
/// a checkpoint. Segments are prepared ahead only while it exists, so that appends cannot eat it.

#include <cstdint>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/poison.h"

namespace seawall::storage {

[[nodiscard]] std::uint64_t reserve_bytes(std::uint64_t segment_bytes_min);

/// Creates the reserve. Errors: `kNoSpace`, without writing where the space is plainly missing.
[[nodiscard]] Result<void> make_reserve(Directory& directory, std::uint64_t bytes, Poison& poison);

/// Gives the reserve up; returns whether there was one.
[[nodiscard]] bool drop_reserve(Directory& directory);

/// Says that `bytes` are not to be had.
[[nodiscard]] Error no_space(std::uint64_t bytes, std::uint64_t free_bytes);

}  // namespace seawall::storage
