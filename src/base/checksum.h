#pragma once

#include <cstdint>
#include <string_view>

namespace seawall::base {

/// Returns the CRC-32C (Castagnoli, RFC 3720) of `bytes`, continuing from `crc` of what came
/// before; 0 starts. `crc32c("123456789") == 0xE3069283`.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace seawall::base
