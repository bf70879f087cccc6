#pragma once

#include <cstdint>
#include <string>

#include "crash/recovery.h"
#include "crash/world.h"

namespace seawall::crash {

/// Cuts one seeded workload at every operation that changes the disk, and recovers.
///
/// An operation that changes nothing makes no other crash than the next one that does: the medium
/// is the same and the process is gone. A seed in eight is cut at every operation all the same.
class CutExplorer {
 public:
  explicit CutExplorer(std::uint64_t seed, const Mutant& mutant = {})
      : seed_(seed), mutant_(mutant), recovery_(seed) {}

  /// Returns what went wrong first, empty when nothing did.
  [[nodiscard]] std::string run();
  /// Returns how many crash states were recovered from.
  [[nodiscard]] std::uint64_t states() const { return recovery_.states(); }

 private:
  std::uint64_t seed_;
  Mutant mutant_;
  Recovery recovery_;
};

/// Lets one seeded workload live three lives, each killed and the last cut at some operation: where
/// `CutExplorer` sees every cut of few workloads, this sees many workloads.
class LivesExplorer {
 public:
  explicit LivesExplorer(std::uint64_t seed, const Mutant& mutant = {})
      : seed_(seed), mutant_(mutant), recovery_(seed) {}

  [[nodiscard]] std::string run();
  [[nodiscard]] std::uint64_t states() const { return recovery_.states(); }

 private:
  std::uint64_t seed_;
  Mutant mutant_;
  Recovery recovery_;
};

/// Lets every operation of one seeded workload fail in some way: an error, a short write, an error
/// though all was done, a device that is gone or read-only from then on. What is lost in the page
/// cache stays readable. Then cuts the power; opens again in the same life, and cuts the power
/// after that and within it.
///
/// With `stride` above 1 only every `stride`-th operation fails, which one first depends on the
/// seed: many short runs find more than few long ones. The same operation of a seed fails in the
/// same way with any stride.
class FaultExplorer {
 public:
  explicit FaultExplorer(std::uint64_t seed, std::uint64_t stride = 1, const Mutant& mutant = {})
      : seed_(seed), stride_(stride), mutant_(mutant), recovery_(seed) {}

  [[nodiscard]] std::string run();
  [[nodiscard]] std::uint64_t states() const { return recovery_.states(); }

 private:
  std::string after_fault(World& world, std::uint64_t nth);
  std::string reopen_cut_at(World& world, std::uint64_t mutation, std::uint64_t salt);

  std::uint64_t seed_;
  std::uint64_t stride_;
  Mutant mutant_;
  Recovery recovery_;
};

/// Lets every operation that needs a descriptor or memory run short of it, once or from then on, at
/// each point of one seeded workload. Nothing may be lost or doubled, as ever; nothing may be
/// poisoned either: a call that fails says `kExhausted` and did nothing, and with enough again the
/// same life goes on, or the same open succeeds.
class ShortageExplorer {
 public:
  explicit ShortageExplorer(std::uint64_t seed, std::uint64_t stride = 1)
      : seed_(seed), stride_(stride), recovery_(seed) {}

  [[nodiscard]] std::string run();
  [[nodiscard]] std::uint64_t states() const { return recovery_.states(); }

 private:
  std::string go_on(World& world, std::uint64_t salt);

  std::uint64_t seed_;
  std::uint64_t stride_;
  Recovery recovery_;
};

}  // namespace seawall::crash
