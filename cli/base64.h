#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seawall::cli {

/// Base64 with padding (RFC 4648, section 4).
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Returns nothing when `text` is not canonical base64: bad character, length or padding.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace seawall::cli
