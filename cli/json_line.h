#pragma once

/// \file
/// Pieces of the JSON lines this command prints.

#include <string>
#include <string_view>

namespace seawall::cli {

/// Returns `utf8`, which must be UTF-8, as a JSON string with its quotes.
[[nodiscard]] std::string json_string(std::string_view utf8);

/// Returns the member `"key":"bytes"`, or `"key_b64":"<base64>"` when `bytes` is not UTF-8.
[[nodiscard]] std::string json_name_member(std::string_view key, std::string_view bytes);

/// Returns the member `"key":<value>` when `value` is JSON, put on one line, else
/// `"key_b64":"<base64>"`.
[[nodiscard]] std::string json_value_member(std::string_view key, std::string_view value);

/// Returns `name` for people: as it is when harmless to a terminal, else as a JSON string or as
/// "base64:...".
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace seawall::cli
