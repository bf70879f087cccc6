#pragma once

#include <cstdint>
#include <span>

namespace seawall::storage {

/// Returns how many bytes of groups, each of at most `group_bytes_max`, are sure to fit into pieces
/// of these capacities used in order, whatever the groups' sizes: an honest lower bound. Groups
/// start at multiples of `align_bytes` and never span pieces.
[[nodiscard]] std::uint64_t sure_room(std::span<const std::uint64_t> capacities,
                                      std::uint64_t group_bytes_max, std::uint64_t align_bytes);

/// Returns the capacity of one piece that alone makes `sure_room` at least `bytes`.
[[nodiscard]] std::uint64_t capacity_for(std::uint64_t bytes, std::uint64_t align_bytes);

}  // namespace seawall::storage
