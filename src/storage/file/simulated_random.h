#pragma once

#include <cstdint>

namespace seawall::storage {

/// SplitMix64 (Steele, Lea, Flood 2014): eight bytes of state, so that a machine copies cheaply.
class SimulatedRandom {
 public:
  explicit SimulatedRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    // NOLINTBEGIN(readability-magic-numbers): the algorithm's own constants
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
    // NOLINTEND(readability-magic-numbers)
  }

  /// Returns one of 0..`bound`-1; 0 for bound 0. The bias is below 2^-32 for the sizes used here.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

  bool coin() { return (next() & 1U) != 0; }

 private:
  std::uint64_t state_;
};

}  // namespace seawall::storage
