#pragma once

#include <cstdint>
#include <string>

#include "crash/world.h"

namespace seawall::crash {

/// Cuts one seeded workload at every operation that changes the disk, lets each kind of power cut
/// decide what survives, recovers, compares with the model, cuts again during recovery, and goes on
/// working.
class Explorer {
 public:
  /// `wrap` stands between the log and the machine; see World.
  explicit Explorer(std::uint64_t seed, World::Wrap wrap = {}) : seed_(seed), wrap_(wrap) {}

  /// Returns what went wrong first, empty when nothing did.
  [[nodiscard]] std::string run();

  /// Returns how many crash states were recovered from.
  [[nodiscard]] std::uint64_t states() const { return states_; }

 private:
  std::string survive(World& world, std::uint64_t cut);
  std::string recover(World& world, std::uint64_t cut, int depth);
  std::string cut_again(World& world, std::uint64_t cut, int depth);

  std::uint64_t seed_;
  World::Wrap wrap_;
  std::uint64_t states_ = 0;
};

}  // namespace seawall::crash
