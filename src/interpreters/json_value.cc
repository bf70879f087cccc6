#include "interpreters/json_value.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "interpreters/json_cursor.h"
#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"

namespace seawall::interpreters {

std::expected<std::string_view, JsonFault> json_value(std::string_view text) {
  JsonCursor cursor(text);
  cursor.skip_space();
  const std::size_t begin = cursor.offset();
  if (!cursor.skip_value(kJsonDepthMax)) return std::unexpected(cursor.fault());
  const std::size_t end = cursor.offset();
  cursor.skip_space();
  if (!cursor.at_end()) {
    cursor.fail("bytes after the value");
    return std::unexpected(cursor.fault());
  }
  return text.substr(begin, end - begin);
}

std::expected<JsonObject, JsonFault> json_object(std::string_view text) {
  JsonObjectScanner scanner(text);
  JsonObject object;
  while (true) {
    const std::expected<std::optional<JsonMember>, JsonFault> member = scanner.next();
    if (!member) return std::unexpected(member.error());
    if (!*member) break;
    object.members.push_back(**member);
  }
  object.bytes = scanner.object();
  return object;
}

std::expected<std::vector<JsonField>, JsonFault> json_fields(std::string_view object) {
  JsonObjectScanner scanner(object);
  std::vector<JsonField> fields;
  while (true) {
    const std::expected<std::optional<JsonMember>, JsonFault> member = scanner.next();
    if (!member) return std::unexpected(member.error());
    if (!*member) break;
    fields.emplace_back(json_unquote((*member)->key), (*member)->value);
  }
  std::ranges::sort(fields, {}, &JsonField::name);
  if (std::ranges::adjacent_find(fields, {}, &JsonField::name) != fields.end()) {
    return std::unexpected(JsonFault{.offset = 0, .what = "key given twice"});
  }
  return fields;
}

std::vector<std::string_view> json_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  JsonCursor cursor(array);
  cursor.skip_char('[', "expected an array");
  cursor.skip_space();
  while (cursor.peek() != ']') {
    const std::size_t begin = cursor.offset();
    if (!cursor.skip_value(kJsonDepthMax)) break;
    elements.push_back(array.substr(begin, cursor.offset() - begin));
    cursor.skip_space();
    if (cursor.peek() != ',') break;
    cursor.skip_char(',', "expected ','");
    cursor.skip_space();
  }
  return elements;
}

}  // namespace seawall::interpreters
