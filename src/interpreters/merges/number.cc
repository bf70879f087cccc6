#include "interpreters/merges/number.h"

#include <optional>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/decimal.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {

using interpreters::Decimal;

Result<Decimal> read_number(std::string_view value, Source source) {
  const int top_place = source == Source::kDelta ? Decimal::kTopPlace : Decimal::kSumTopPlace;
  std::optional<Decimal> number = Decimal::parse(value, top_place);
  if (!number) return refused("expected a number with digits between 1e308 and 1e-324");
  return std::move(*number);
}

}  // namespace seawall::merges
