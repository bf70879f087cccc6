#pragma once

/// \file
/// Versions. The library's and the format's are independent.

#include <cstdint>
#include <string_view>

namespace seawall {

/// Version of this library (semantic versioning).
inline constexpr std::string_view kLibraryVersion = "0.1.0";

/// Newest format version this library writes, and the range it reads (docs/format.md).
inline constexpr std::uint16_t kFormatVersion = 1;
inline constexpr std::uint16_t kFormatVersionMin = 1;

}  // namespace seawall
