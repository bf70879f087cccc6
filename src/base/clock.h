#pragma once

#include <cstdint>

namespace seawall::base {

/// Microseconds since 1970 by the system's clock; may jump.
[[nodiscard]] std::uint64_t wall_us();

/// Microseconds of a clock that never jumps, from an arbitrary start.
[[nodiscard]] std::uint64_t monotonic_us();

/// The same clock in nanoseconds.
[[nodiscard]] std::uint64_t monotonic_ns();

}  // namespace seawall::base
