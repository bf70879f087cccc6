#pragma once

/// \file
/// Merges that need no interpreter of one's own: say how each value merges, get an interpreter.
///
///     using namespace seawall;
///     auto interpreter = merges::make_interpreter(merges::struct_of({
///         {"actors", merges::map_of(merges::sum())},
///         {"rating", merges::mean()},
///         {"best", merges::arg_max("score")},
///         {"done", merges::flag()},
///     }));
///
/// Data, deltas and states are JSON text. docs/merges.md has each merge's input, state and laws.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall::merges {

/// How one value merges, as schema text. Checked by `make_interpreter`, not before.
struct Merge {
  std::string schema;
};

/// Any value; the later record's wins.
[[nodiscard]] Merge last();
/// The exact sum of numbers, in decimal: never rounded, never out of range.
[[nodiscard]] Merge sum();
/// The sum and the count of numbers.
[[nodiscard]] Merge mean();
/// The least of numbers and strings; numbers come before strings.
[[nodiscard]] Merge min();
/// The greatest of numbers and strings.
[[nodiscard]] Merge max();
/// The object whose member `field`, a number or string, is greatest.
[[nodiscard]] Merge arg_max(std::string_view field);
/// The numbers and strings that ever came, each once, in order.
[[nodiscard]] Merge set();
/// All values, in the order of their records.
[[nodiscard]] Merge list();
/// The `values_max` newest values, at least one, in the order of their records.
[[nodiscard]] Merge list(std::uint64_t values_max);
/// Whether `true` ever came.
[[nodiscard]] Merge flag();
/// An object of any keys, each value merged by `value`.
[[nodiscard]] Merge map_of(const Merge& value);
/// An object of these fields and no others; their order here does not matter.
[[nodiscard]] Merge struct_of(const std::vector<std::pair<std::string, Merge>>& fields);

/// Returns the interpreter of `merge`. Its id is the schema in a canonical spelling, so that a log
/// cannot be opened with another schema; it merges in the background. Thread safe, and usable for
/// any number of logs.
///
/// Its `format` refuses, with `kInvalidArgument`, all that a merge could not take: no merge fails
/// later. Errors: `kInvalidArgument` when the schema is not one (a field twice or none at all,
/// names that are not UTF-8, a cap of 0, nesting deeper than 16, a schema above 4,000 bytes).
[[nodiscard]] Result<std::shared_ptr<const StateInterpreterInterface>> make_interpreter(
    const Merge& merge);

/// Returns the interpreter whose id is `id`, or null when `id` is not one of a merge.
[[nodiscard]] std::shared_ptr<const StateInterpreterInterface> interpreter_of(std::string_view id);

}  // namespace seawall::merges
