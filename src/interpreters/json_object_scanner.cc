#include "interpreters/json_object_scanner.h"

#include <cstddef>
#include <expected>
#include <optional>

#include "interpreters/json_cursor.h"

namespace seawall::interpreters {

bool JsonObjectScanner::enter() {
  cursor_.skip_space();
  begin_ = cursor_.offset();
  place_ = Place::kFirst;
  return cursor_.skip_char('{', "expected an object");
}

bool JsonObjectScanner::finish() {
  if (!cursor_.skip_char('}', "expected ',' or '}'")) return false;
  object_ = text_.substr(begin_, cursor_.offset() - begin_);
  cursor_.skip_space();
  return cursor_.at_end() || cursor_.fail("bytes after the object");
}

std::optional<JsonMember> JsonObjectScanner::member() {
  const std::size_t key = cursor_.offset();
  if (cursor_.peek() != '"') {
    cursor_.fail("expected a key");
    return std::nullopt;
  }
  if (!cursor_.skip_string()) return std::nullopt;
  const std::size_t key_end = cursor_.offset();
  cursor_.skip_space();
  if (!cursor_.skip_char(':', "expected ':'")) return std::nullopt;
  cursor_.skip_space();
  const std::size_t value = cursor_.offset();
  if (!cursor_.skip_value(depth_max_ - 1)) return std::nullopt;
  return JsonMember{.key = text_.substr(key, key_end - key),
                    .value = text_.substr(value, cursor_.offset() - value),
                    .offset = key};
}

std::expected<std::optional<JsonMember>, JsonFault> JsonObjectScanner::next() {
  if (place_ == Place::kBefore && !enter()) return std::unexpected(cursor_.fault());
  cursor_.skip_space();
  const bool first = place_ == Place::kFirst;
  place_ = Place::kLater;
  const bool more = first ? cursor_.peek() != '}' : cursor_.peek() == ',';
  if (!more) {
    if (!finish()) return std::unexpected(cursor_.fault());
    return std::nullopt;
  }
  if (!first) {
    if (!cursor_.skip_char(',', "expected ','")) return std::unexpected(cursor_.fault());
    cursor_.skip_space();
  }
  const std::optional<JsonMember> found = member();
  if (!found) return std::unexpected(cursor_.fault());
  return found;
}

}  // namespace seawall::interpreters
