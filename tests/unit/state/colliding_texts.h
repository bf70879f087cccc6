#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seawall::state {

/// Returns `count` texts of 16 bytes with one and the same std::hash: what an attacker sends whom
/// the fixed seed of the standard library's hash lets compute them.
[[nodiscard]] std::vector<std::string> colliding_texts(std::size_t count);

}  // namespace seawall::state
