#pragma once

/// \file
/// Prepares segment files: zero-filled, or recycled, and flushed before they get their name.

#include <memory>
#include <string>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_system.h"
#include "storage/file/new_file.h"
#include "storage/file/segment.h"

namespace seawall::storage {

/// Returns the temporary name a freed segment keeps until it is used again.
[[nodiscard]] std::string recycled_name(std::uint64_t segment_number);

/// Makes segment `info`, of the recycled file `recycled` unless that is empty. `renamed` as in
/// `NewFile::publish`.
[[nodiscard]] Result<std::shared_ptr<File>> make_segment(Directory& directory, const LogId& log_id,
                                                         const SegmentInfo& info,
                                                         const std::string& recycled,
                                                         const Permit& permit, bool& renamed);

}  // namespace seawall::storage
