#pragma once

/// \file
/// Prepares segment files: zero-filled, or recycled, and flushed before they get their name.

#include <memory>
#include <string>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_system.h"
#include "storage/file/poison.h"
#include "storage/file/segment.h"

namespace seawall::storage {

/// What a segment is made of and with.
struct SegmentOrder {
  LogId log_id{};
  SegmentInfo info;
  std::string recycled;  ///< A freed file of the right size, or empty.
  Poison* poison = nullptr;
};

/// Makes the segment.
[[nodiscard]] Result<std::shared_ptr<File>> make_segment(Directory& directory,
                                                         const SegmentOrder& order);

}  // namespace seawall::storage
