#pragma once

#include <string_view>

#include "seawall/error.h"

#include "interpreters/decimal.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {

/// Returns the number that `value`, one JSON value, is.
[[nodiscard]] Result<interpreters::Decimal> read_number(std::string_view value, Source source);

}  // namespace seawall::merges
