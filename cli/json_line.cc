#include "json_line.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base64.h"
#include "interpreters/json_cursor.h"
#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"

namespace seawall::cli {
namespace {

constexpr unsigned char kFirstPrintable = 0x20;
constexpr unsigned char kDelete = 0x7F;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < kFirstPrintable || byte == kDelete;
}

bool is_json(std::string_view text) {
  interpreters::JsonCursor cursor(text);
  if (!cursor.skip_value(interpreters::kJsonDepthMax)) return false;
  cursor.skip_space();
  return cursor.at_end();
}

// Line breaks in JSON are only ever space between tokens: strings hold them escaped.
std::string on_one_line(std::string_view json) {
  std::string line(json);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

}  // namespace

std::string json_string(std::string_view utf8) {
  return interpreters::json_quote(utf8);
}

std::string json_name_member(std::string_view key, std::string_view bytes) {
  if (interpreters::is_utf8(bytes)) return fmt::format("\"{}\":{}", key, json_string(bytes));
  return fmt::format("\"{}_b64\":\"{}\"", key, base64_encode(bytes));
}

std::string json_value_member(std::string_view key, std::string_view value) {
  if (is_json(value)) return fmt::format("\"{}\":{}", key, on_one_line(value));
  return fmt::format("\"{}_b64\":\"{}\"", key, base64_encode(value));
}

std::string printable(std::string_view name) {
  if (!interpreters::is_utf8(name)) return "base64:" + base64_encode(name);
  const bool plain = !name.empty() && std::ranges::none_of(name, is_control) &&
                     name.front() != '"' && !name.contains(' ');
  return plain ? std::string(name) : json_string(name);
}

}  // namespace seawall::cli
