#include "interpreters/json_text.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::interpreters {
namespace {

// The bit layout of UTF-8 (RFC 3629, section 3).
constexpr unsigned kContinuationBits = 6;
constexpr std::uint32_t kContinuationMask = 0x3F;
constexpr std::uint32_t kContinuationMark = 0x80;
constexpr std::uint32_t kContinuationMarkMask = 0xC0;
constexpr std::uint32_t kTwoByteMark = 0xC0;
constexpr std::uint32_t kThreeByteMark = 0xE0;
constexpr std::uint32_t kFourByteMark = 0xF0;
constexpr std::uint32_t kFourByteMarkMask = 0xF8;
constexpr std::uint32_t kTwoByteFirst = 0x80;
constexpr std::uint32_t kThreeByteFirst = 0x800;
constexpr std::uint32_t kFourByteFirst = 0x10000;
constexpr std::uint32_t kCodePointLast = 0x10FFFF;
constexpr std::uint32_t kHighSurrogateFirst = 0xD800;
constexpr std::uint32_t kLowSurrogateFirst = 0xDC00;
constexpr std::uint32_t kSurrogateLast = 0xDFFF;
constexpr unsigned kSurrogateBits = 10;

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::size_t announced_bytes(std::uint32_t lead) {
  if (lead < kTwoByteFirst) return 1;
  if ((lead & kThreeByteMark) == kTwoByteMark) return 2;
  if ((lead & kFourByteMark) == kThreeByteMark) return 3;
  return (lead & kFourByteMarkMask) == kFourByteMark ? 4 : 0;
}

// The smallest code point that needs a sequence of `length` bytes.
std::uint32_t first_code_point(std::size_t length) {
  if (length == 2) return kTwoByteFirst;
  return length == 3 ? kThreeByteFirst : kFourByteFirst;
}

void put_utf8(std::string& out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto put_continuation = [&](unsigned shift) {
    put(kContinuationMark | ((code_point >> shift) & kContinuationMask));
  };
  if (code_point < kTwoByteFirst) {
    put(code_point);
  } else if (code_point < kThreeByteFirst) {
    put(kTwoByteMark | (code_point >> kContinuationBits));
    put_continuation(0);
  } else if (code_point < kFourByteFirst) {
    put(kThreeByteMark | (code_point >> (2 * kContinuationBits)));
    put_continuation(kContinuationBits);
    put_continuation(0);
  } else {
    put(kFourByteMark | (code_point >> (3 * kContinuationBits)));
    put_continuation(2 * kContinuationBits);
    put_continuation(kContinuationBits);
    put_continuation(0);
  }
}

constexpr std::size_t kUnicodeEscapeBytes = 6;  // \uXXXX

std::uint32_t unicode_escape(std::string_view escape) {
  constexpr unsigned kHexBits = 4;
  std::uint32_t value = 0;
  for (const char digit : escape.substr(2, kUnicodeEscapeBytes - 2)) {
    value = (value << kHexBits) | static_cast<std::uint32_t>(hex_digit_value(digit));
  }
  return value;
}

bool is_between(std::uint32_t value, std::uint32_t first, std::uint32_t last) {
  return value >= first && value <= last;
}

// Writes the \u escape at the front of `rest`, or the pair of them, and returns its length.
std::size_t put_unicode_escape(std::string& out, std::string_view rest) {
  const std::uint32_t high = unicode_escape(rest);
  const std::string_view second = rest.substr(kUnicodeEscapeBytes);
  if (is_between(high, kHighSurrogateFirst, kLowSurrogateFirst - 1) && second.starts_with("\\u")) {
    const std::uint32_t low = unicode_escape(second);
    if (is_between(low, kLowSurrogateFirst, kSurrogateLast)) {
      put_utf8(out, kFourByteFirst + ((high - kHighSurrogateFirst) << kSurrogateBits) +
                        (low - kLowSurrogateFirst));
      return 2 * kUnicodeEscapeBytes;
    }
  }
  put_utf8(out, high);
  return kUnicodeEscapeBytes;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

void put_escaped(std::string& out, std::uint32_t code_unit) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  constexpr unsigned kHexBits = 4;
  constexpr std::uint32_t kHexMask = 0xF;
  out.append("\\u");
  for (unsigned shift = 4 * kHexBits; shift > 0; shift -= kHexBits) {
    out.push_back(kHexDigits[(code_unit >> (shift - kHexBits)) & kHexMask]);
  }
}

// The surrogate whose three bytes are at the front of `text`, 0 when there is none.
std::uint32_t surrogate_at(std::string_view text) {
  constexpr std::string_view kLead = "\xED";
  constexpr std::uint32_t kSecondFirst = 0xA0;
  constexpr std::size_t kBytes = 3;
  if (text.size() < kBytes || !text.starts_with(kLead) || byte_at(text, 1) < kSecondFirst) return 0;
  return kHighSurrogateFirst |
         ((byte_at(text, 1) & (kContinuationMask >> 1)) << kContinuationBits) |
         (byte_at(text, 2) & kContinuationMask);
}

}  // namespace

std::size_t utf8_sequence_bytes(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::uint32_t lead = byte_at(bytes, 0);
  const std::size_t length = announced_bytes(lead);
  if (length <= 1 || length > bytes.size()) return length == 1 ? 1 : 0;
  constexpr std::uint32_t kLeadMask = 0x7F;
  std::uint32_t code_point = lead & (kLeadMask >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t byte = byte_at(bytes, i);
    if ((byte & kContinuationMarkMask) != kContinuationMark) return 0;
    code_point = (code_point << kContinuationBits) | (byte & kContinuationMask);
  }
  const bool sound = is_between(code_point, first_code_point(length), kCodePointLast) &&
                     !is_between(code_point, kHighSurrogateFirst, kSurrogateLast);
  return sound ? length : 0;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence_bytes(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

int hex_digit_value(char c) {
  constexpr int kLettersFrom = 10;
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + kLettersFrom;
  if (c >= 'A' && c <= 'F') return c - 'A' + kLettersFrom;
  return -1;
}

std::string json_unquote(std::string_view quoted) {
  std::string_view rest = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    const std::size_t plain = rest.find('\\');
    out.append(rest.substr(0, plain));
    if (plain == std::string_view::npos) break;
    rest.remove_prefix(plain);
    if (rest[1] == 'u') {
      rest.remove_prefix(put_unicode_escape(out, rest));
    } else {
      out.push_back(simple_escape(rest[1]));
      rest.remove_prefix(2);
    }
  }
  return out;
}

std::string_view json_key_name(std::string_view quoted, std::string& buffer) {
  if (!quoted.contains('\\')) return quoted.substr(1, quoted.size() - 2);
  buffer = json_unquote(quoted);
  return buffer;
}

std::string json_quote(std::string_view text) {
  constexpr std::uint32_t kFirstShown = 0x20;
  constexpr std::uint32_t kDelete = 0x7F;
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const std::uint32_t byte = byte_at(text, 0);
    const std::uint32_t surrogate = surrogate_at(text);
    if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(text[0]);
    } else if (byte < kFirstShown || byte == kDelete) {
      put_escaped(out, byte);
    } else if (surrogate != 0) {
      put_escaped(out, surrogate);
      text.remove_prefix(2);
    } else {
      out.push_back(text[0]);
    }
    text.remove_prefix(1);
  }
  out.push_back('"');
  return out;
}

}  // namespace seawall::interpreters
