#pragma once

#include <cstdint>
#include <string>

#include "crash/world.h"

namespace seawall::crash {

/// Takes worlds through power cuts and recoveries: each kind of power cut decides what survives;
/// the log is opened, compared with the model and worked on; the recovery is cut again, three deep.
///
/// Functions return what is wrong, empty when all is well. `salt` seeds their choices.
class Recovery {
 public:
  explicit Recovery(std::uint64_t seed) : seed_(seed) {}

  /// Cuts the power of copies of the machine `world` is on.
  [[nodiscard]] std::string survive(World& world, std::uint64_t salt);

  /// Opens `world`'s log, which no process has open, and goes on; the same on copies whose power is
  /// cut meanwhile.
  [[nodiscard]] std::string recover(World& world, std::uint64_t salt) {
    return recover(world, salt, 0);
  }

  /// Returns how many states were recovered from.
  [[nodiscard]] std::uint64_t states() const { return states_; }

 private:
  std::string recover(World& world, std::uint64_t salt, int depth);
  std::string cut_again(World again, std::uint64_t mutations, std::uint64_t salt, int depth);

  std::uint64_t seed_;
  std::uint64_t states_ = 0;
};

}  // namespace seawall::crash
