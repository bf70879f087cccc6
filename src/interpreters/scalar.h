#pragma once

/// \file
/// What merges can put in order: a number or a string.

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "interpreters/decimal.h"

namespace seawall::interpreters {

/// A number or a string. Numbers come before strings; numbers are in the order of their values,
/// strings in that of their UTF-8 bytes, which is that of their code points.
class Scalar {
 public:
  /// Returns what `value`, one JSON value, stands for; nothing when it is neither a number within a
  /// double's places nor a string.
  [[nodiscard]] static std::optional<Scalar> parse(std::string_view value);

  [[nodiscard]] std::strong_ordering operator<=>(const Scalar& other) const = default;
  [[nodiscard]] bool operator==(const Scalar& other) const = default;

  /// Returns its one spelling as JSON.
  [[nodiscard]] std::string text() const;
  /// Returns what it holds outside its own object, in bytes.
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  std::variant<Decimal, std::string> value_;
};

}  // namespace seawall::interpreters
