#include "base64.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::cli {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kGroupBytes = 3;
constexpr std::size_t kGroupLetters = 4;
constexpr unsigned kLetterBits = 6;
constexpr unsigned kByteBits = 8;
constexpr std::uint32_t kLetterMask = 0x3F;
constexpr unsigned kGroupBits = kGroupBytes * kByteBits;

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + kGroupBytes - 1) / kGroupBytes * kGroupLetters);
  for (std::size_t at = 0; at < bytes.size(); at += kGroupBytes) {
    const std::string_view group = bytes.substr(at, kGroupBytes);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kGroupBytes; ++i) {
      const std::uint32_t byte = i < group.size() ? static_cast<unsigned char>(group[i]) : 0;
      bits = (bits << kByteBits) | byte;
    }
    for (std::size_t i = 0; i < kGroupLetters; ++i) {
      const auto shift = static_cast<unsigned>(kGroupBits - ((i + 1) * kLetterBits));
      text.push_back(i <= group.size() ? kAlphabet[(bits >> shift) & kLetterMask] : '=');
    }
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % kGroupLetters != 0) return std::nullopt;
  const std::string_view letters = text.substr(0, text.find('='));
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : letters) {
    const std::size_t value = kAlphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << kLetterBits) | static_cast<std::uint32_t>(value);
    held += kLetterBits;
    if (held < kByteBits) continue;
    held -= kByteBits;
    bytes.push_back(static_cast<char>(bits >> held));
  }
  // One spelling per value: padding, and the bits it covers, are as the encoder writes them.
  if (base64_encode(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace seawall::cli
