#pragma once

/// \file
/// Walks over JSON text (RFC 8259) without building anything from it.

#include <cstddef>
#include <string>
#include <string_view>

namespace seawall::interpreters {

/// Where text stopped being JSON, and why.
struct JsonFault {
  std::size_t offset = 0;
  std::string_view what;
};

/// A position in borrowed text. Each `skip_` moves past one production and returns whether the text
/// had it; after a false, `fault()` tells where and nothing else may be asked.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  /// Returns the next byte, NUL at the end: no production starts with it.
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] const JsonFault& fault() const { return fault_; }

  void skip_space();
  bool skip_char(char expected, std::string_view what);
  /// Moves past a string, quotes included: escapes, UTF-8 and control characters are checked.
  bool skip_string();
  /// Moves past any value in which containers are nested at most `depth_max` deep. Needs no stack
  /// of its own beyond one byte a level.
  bool skip_value(std::size_t depth_max);

  /// Records a fault at the present offset and returns false.
  bool fail(std::string_view what);

 private:
  bool skip_escape();
  bool skip_number();
  bool skip_digits();
  bool skip_scalar();
  bool skip_word(std::string_view word);
  bool skip_key();
  bool open_container(std::string& closers, std::size_t depth_max);
  bool after_value(std::string& closers);

  std::string_view text_;
  std::size_t at_ = 0;
  JsonFault fault_;
};

}  // namespace seawall::interpreters
