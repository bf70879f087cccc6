#pragma once

/// \file
/// JSON values as the bytes they are, and what they hold.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "interpreters/json_cursor.h"
#include "interpreters/json_object_scanner.h"

namespace seawall::interpreters {

/// Returns the one value that `text` is, without the space around it; all of it is checked.
[[nodiscard]] std::expected<std::string_view, JsonFault> json_value(std::string_view text);

/// A whole object, split.
struct JsonObject {
  std::string_view bytes;           ///< Without space around it.
  std::vector<JsonMember> members;  ///< As they came.
};

/// Returns the object that `text` is; all of it is checked, but not whether keys are equal.
[[nodiscard]] std::expected<JsonObject, JsonFault> json_object(std::string_view text);

/// One member of an object, by name.
struct JsonField {
  std::string name;        ///< What the key stands for.
  std::string_view value;  ///< Borrowed, without space around it.
};

/// Returns the members of `object` in the order of their names' bytes. A fault when it is no object
/// or gives a key twice.
[[nodiscard]] std::expected<std::vector<JsonField>, JsonFault> json_fields(std::string_view object);

/// Returns the elements of `array`, borrowed, without space around them. `array` is one value that
/// `json_value` returned and begins with '['.
[[nodiscard]] std::vector<std::string_view> json_elements(std::string_view array);

}  // namespace seawall::interpreters
