#pragma once

/// \file
/// One maker for each kind of merge; `seawall/merges.h` says what they do.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interpreters/merges/node.h"

namespace seawall::merges {

using NodePtr = std::shared_ptr<const Node>;

[[nodiscard]] NodePtr make_last();
[[nodiscard]] NodePtr make_sum();
[[nodiscard]] NodePtr make_mean();
[[nodiscard]] NodePtr make_min();
[[nodiscard]] NodePtr make_max();
[[nodiscard]] NodePtr make_arg_max(std::string field);
[[nodiscard]] NodePtr make_set();
/// `values_max`, at least 1, is how many of the newest values stay; nothing for all.
[[nodiscard]] NodePtr make_list(std::optional<std::uint64_t> values_max);
[[nodiscard]] NodePtr make_flag();
[[nodiscard]] NodePtr make_map(NodePtr value);
/// `fields` are in the order of their names, each name once.
[[nodiscard]] NodePtr make_struct(std::vector<std::pair<std::string, NodePtr>> fields);

}  // namespace seawall::merges
