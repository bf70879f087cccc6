#include "interpreters/json_cursor.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "interpreters/json_text.h"

namespace seawall::interpreters {
namespace {

constexpr std::size_t kByteValues = 256;
constexpr unsigned char kFirstPrintable = 0x20;
constexpr unsigned char kFirstMultibyte = 0x80;

// Bytes that a string may hold without a closer look.
constexpr std::array<bool, kByteValues> kPlain = [] {
  std::array<bool, kByteValues> plain{};
  for (std::size_t byte = kFirstPrintable; byte < kFirstMultibyte; ++byte) plain.at(byte) = true;
  plain.at('"') = false;
  plain.at('\\') = false;
  return plain;
}();

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool JsonCursor::fail(std::string_view what) {
  fault_ = {.offset = at_, .what = at_end() ? "unexpected end" : what};
  return false;
}

void JsonCursor::skip_space() {
  while (!at_end()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

bool JsonCursor::skip_char(char expected, std::string_view what) {
  if (peek() != expected) return fail(what);
  ++at_;
  return true;
}

bool JsonCursor::skip_string() {
  if (!skip_char('"', "expected a string")) return false;
  while (!at_end()) {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (kPlain.at(byte)) {
      ++at_;
    } else if (byte == '"') {
      ++at_;
      return true;
    } else if (byte == '\\') {
      if (!skip_escape()) return false;
    } else if (byte < kFirstPrintable) {
      return fail("control character in a string");
    } else {
      const std::size_t length = utf8_sequence_bytes(text_.substr(at_));
      if (length == 0) return fail("invalid UTF-8");
      at_ += length;
    }
  }
  return fail("unexpected end");
}

bool JsonCursor::skip_escape() {
  constexpr std::size_t kHexDigits = 4;
  ++at_;
  if (peek() == 'u') {
    ++at_;
    for (std::size_t i = 0; i < kHexDigits; ++i, ++at_) {
      if (hex_digit_value(peek()) < 0) return fail("expected four hexadecimal digits");
    }
    return true;
  }
  if (at_end() || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
    return fail("unknown escape");
  }
  ++at_;
  return true;
}

bool JsonCursor::skip_digits() {
  if (!is_digit(peek())) return fail("expected a digit");
  while (is_digit(peek())) ++at_;
  return true;
}

bool JsonCursor::skip_number() {
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else if (!skip_digits()) {
    return false;
  }
  if (peek() == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!skip_digits()) return false;
  }
  return true;
}

bool JsonCursor::skip_word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return fail("expected a value");
  at_ += word.size();
  return true;
}

bool JsonCursor::skip_scalar() {
  switch (peek()) {
    case '"':
      return skip_string();
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return peek() == '-' || is_digit(peek()) ? skip_number() : fail("expected a value");
  }
}

bool JsonCursor::skip_key() {
  skip_space();
  if (peek() != '"') return fail("expected a key");
  if (!skip_string()) return false;
  skip_space();
  return skip_char(':', "expected ':'");
}

// Enters a container up to where its first value starts; an empty one is left again at once.
bool JsonCursor::open_container(std::string& closers, std::size_t depth_max) {
  if (closers.size() >= depth_max) return fail("nested too deep");
  closers.push_back(peek() == '{' ? '}' : ']');
  ++at_;
  skip_space();
  if (peek() == closers.back()) {
    ++at_;
    closers.pop_back();
    return after_value(closers);
  }
  return closers.back() == ']' || skip_key();
}

// Leaves the containers that end here and stops where the next value starts, if one does.
bool JsonCursor::after_value(std::string& closers) {
  while (!closers.empty()) {
    skip_space();
    if (peek() == ',') {
      ++at_;
      return closers.back() == ']' || skip_key();
    }
    if (peek() != closers.back()) return fail("expected ',' or the end of the container");
    ++at_;
    closers.pop_back();
  }
  return true;
}

bool JsonCursor::skip_value(std::size_t depth_max) {
  std::string closers;  // of the containers open here, innermost last
  do {
    skip_space();
    if (peek() == '{' || peek() == '[') {
      if (!open_container(closers, depth_max)) return false;
    } else if (!skip_scalar() || !after_value(closers)) {
      return false;
    }
  } while (!closers.empty());
  return true;
}

}  // namespace seawall::interpreters
