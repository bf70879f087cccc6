#pragma once

/// \file
/// The characters of JSON text: UTF-8 and escapes.

#include <cstddef>
#include <string>
#include <string_view>

namespace seawall::interpreters {

/// Returns the length of the well-formed UTF-8 sequence (RFC 3629: no overlong form, no surrogate,
/// nothing above U+10FFFF) at the front of `bytes`, 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence_bytes(std::string_view bytes);

/// Returns whether all of `bytes` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Returns 0 to 15, or -1 when `c` is no hexadecimal digit.
[[nodiscard]] int hex_digit_value(char c);

/// Returns what `quoted`, a string `JsonCursor::skip_string` accepted, stands for; the quotes are
/// part of `quoted`. An unpaired surrogate, which RFC 8259 allows, becomes the three bytes its code
/// point would have, so that different strings stay different.
[[nodiscard]] std::string json_unquote(std::string_view quoted);

/// Returns what `quoted`, such a string, stands for: borrowed from it when it has no escape, else
/// from `buffer`, which then holds it.
[[nodiscard]] std::string_view json_key_name(std::string_view quoted, std::string& buffer);

/// Returns `text` as a JSON string with its quotes, so that `json_unquote` of it is `text`. Only
/// what must be escaped is, as \uXXXX, and DEL; `text` is UTF-8, or unpaired surrogates in between.
[[nodiscard]] std::string json_quote(std::string_view text);

}  // namespace seawall::interpreters
