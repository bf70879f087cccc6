#pragma once

#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall::storage {

/// Draws the identity of a new log from the system's entropy.
[[nodiscard]] Result<LogId> random_log_id();

/// Returns the id as bytes, as all formats hold it.
[[nodiscard]] std::string id_bytes(const LogId& log_id);

/// Returns the id that `bytes` (16) are.
[[nodiscard]] LogId id_from(std::string_view bytes);

}  // namespace seawall::storage
