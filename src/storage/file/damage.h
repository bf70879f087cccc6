#pragma once

/// \file
/// The errors of file storage, worded in one place.

#include <cstdint>
#include <string>

#include "seawall/error.h"
#include "seawall/types.h"

namespace seawall::storage {

/// Acknowledged bytes of `file` at `offset` are not what was written; the LSNs [begin, end) are
/// concerned, 0 where unknown.
[[nodiscard]] Error damage(std::string file, std::uint64_t offset, const std::string& what,
                           Lsn begin = {}, Lsn end = {});

/// `file` in the log's directory is not the log's.
[[nodiscard]] Error foreign(std::string file, const std::string& what);

/// `file` is sound and newer than this library; `version` is what it says of itself.
[[nodiscard]] Error unsupported(std::string file, std::uint64_t offset, std::uint16_t version);

[[nodiscard]] Error invalid_argument(std::string message);

}  // namespace seawall::storage
