#include "interpreters/scalar.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "interpreters/decimal.h"
#include "interpreters/json_text.h"
#include "interpreters/text_memory.h"

namespace seawall::interpreters {

std::optional<Scalar> Scalar::parse(std::string_view value) {
  Scalar out;
  if (value.starts_with('"')) {
    out.value_ = json_unquote(value);
    return out;
  }
  std::optional<Decimal> number = Decimal::parse(value, Decimal::kTopPlace);
  if (!number) return std::nullopt;
  out.value_ = std::move(*number);
  return out;
}

std::string Scalar::text() const {
  if (const auto* const number = std::get_if<Decimal>(&value_)) return number->text();
  return json_quote(std::get<std::string>(value_));
}

std::size_t Scalar::heap_bytes() const {
  if (const auto* const number = std::get_if<Decimal>(&value_)) return number->heap_bytes();
  return text_heap_bytes(std::get<std::string>(value_));
}

}  // namespace seawall::interpreters
