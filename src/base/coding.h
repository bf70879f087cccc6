#pragma once

/// \file
/// Little-endian fixed integers and LEB128 varints, as all formats here use them.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::base {

static_assert(std::endian::native == std::endian::little, "big-endian hosts need byte swaps here");

template <std::unsigned_integral T>
[[nodiscard]] T load_le(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <std::unsigned_integral T>
void store_le(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <std::unsigned_integral T>
void put_le(std::string& out, T value) {
  char bytes[sizeof value];
  store_le(bytes, value);
  out.append(bytes, sizeof value);
}

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}

/// Reads values off the front of borrowed bytes. Once a read fails, `ok()` is false and every later
/// read returns zero or empty, so that a decoder may check once at its end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

  template <std::unsigned_integral T>
  T le() {
    const std::string_view bytes = raw(sizeof(T));
    return bytes.size() == sizeof(T) ? load_le<T>(bytes.data()) : T{0};
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      // The tenth byte has one bit to give; more would be cut off silently.
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    fail();
    return 0;
  }

  std::string_view bytes() {
    const std::uint64_t length = varint();
    return raw(length);
  }

  std::string_view raw(std::uint64_t length) {
    if (!ok_ || length > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return value;
  }

  void fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace seawall::base
