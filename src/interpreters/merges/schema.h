#pragma once

/// \file
/// Schema text: `sum`, `list(100)`, `map({"best":arg_max("score"),"done":flag})`.

#include <cstddef>
#include <string_view>

#include "seawall/error.h"

#include "interpreters/merges/kinds.h"

namespace seawall::merges {

inline constexpr std::size_t kSchemaBytesMax = 4000;  ///< With its prefix an id of a log.
inline constexpr std::size_t kSchemaDepthMax = 16;    ///< Maps and structs within each other.

/// Returns the node that `schema` describes. Fields may come in any order, with space between them.
/// Errors: `kInvalidArgument`, with the offset.
[[nodiscard]] Result<NodePtr> parse_schema(std::string_view schema);

}  // namespace seawall::merges
