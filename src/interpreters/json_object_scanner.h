#pragma once

/// \file
/// Splits a JSON object into its members, as the bytes they are.

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include "interpreters/json_cursor.h"

namespace seawall::interpreters {

/// Deepest nesting accepted, the object itself included.
inline constexpr std::size_t kJsonDepthMax = 512;

/// One member, borrowed from the text.
struct JsonMember {
  std::string_view key;    ///< With its quotes, escapes as given.
  std::string_view value;  ///< Without space around it.
  std::size_t offset = 0;  ///< Of the key in the text.
};

/// One pass over one object. All of the text is checked, values and what follows the object too;
/// equal keys are left to the caller.
class JsonObjectScanner {
 public:
  explicit JsonObjectScanner(std::string_view text, std::size_t depth_max = kJsonDepthMax)
      : text_(text), cursor_(text), depth_max_(depth_max) {}

  /// Returns the next member; nothing once the object and the text have ended. After that, or
  /// after a fault, it may not be called again.
  [[nodiscard]] std::expected<std::optional<JsonMember>, JsonFault> next();

  /// Returns the object's bytes without space around them; meaningful at the end.
  [[nodiscard]] std::string_view object() const { return object_; }

 private:
  enum class Place : unsigned char { kBefore, kFirst, kLater };

  bool enter();
  bool finish();
  std::optional<JsonMember> member();

  std::string_view text_;
  JsonCursor cursor_;
  std::size_t depth_max_;
  Place place_ = Place::kBefore;
  std::size_t begin_ = 0;
  std::string_view object_;
};

}  // namespace seawall::interpreters
