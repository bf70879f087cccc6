#pragma once

#include <memory>

#include "storage/file/file_system.h"

namespace seawall::crash {

/// Returns `machine` with file flushes that do nothing and say they did.
[[nodiscard]] std::shared_ptr<storage::FileSystem> without_flushes(
    std::shared_ptr<storage::FileSystem> machine);

/// Returns `machine` with directory syncs that do nothing and say they did.
[[nodiscard]] std::shared_ptr<storage::FileSystem> without_directory_syncs(
    std::shared_ptr<storage::FileSystem> machine);

}  // namespace seawall::crash
