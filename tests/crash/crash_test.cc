// The crash explorer: cuts a workload at every operation that changes the disk, lets each kind of
// power cut (or a mere process kill) decide what survives, recovers, and compares with a model;
// cuts again during recovery, three deep; goes on working.
//
// A failure prints the command that replays it. SEAWALL_CRASH_SEED runs one seed,
// SEAWALL_TEST_LONG=1 many more.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "crash/world.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

using storage::SimulatedFileSystem;
using storage::Survivor;

constexpr int kSteps = 60;
constexpr int kStepsAfter = 12;
constexpr int kDepthMax = 3;

class Explorer {
 public:
  explicit Explorer(std::uint64_t seed) : seed_(seed) {}

  /// Explores one workload; returns what went wrong first.
  std::string run() {
    for (std::uint64_t cut = 1;; ++cut) {
      World world(std::make_shared<SimulatedFileSystem>(seed_), seed_);
      world.machine().cut_at_mutation(cut);
      std::string wrong = world.open_and_check();
      if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
      if (!wrong.empty()) return "cut " + std::to_string(cut) + ", before it: " + wrong;
      const bool finished = !world.machine().is_off();
      world.abandon();
      wrong = survive(world, cut, 0);
      if (!wrong.empty()) return "cut " + std::to_string(cut) + wrong;
      if (finished) return "";
    }
  }

  [[nodiscard]] std::uint64_t states() const { return states_; }

 private:
  /// Lets every way to survive happen to a copy of `world`.
  std::string survive(World& world, std::uint64_t cut, int depth) {
    for (const Survivor survivor : storage::kPowerSafeSurvivors) {
      auto machine = world.machine().fork();
      machine->power_cut(survivor, seed_ * 1'000'003 + cut);
      World copy = world.on(machine);
      if (std::string wrong = recover(copy, cut, depth); !wrong.empty()) {
        return ", survivor " + std::to_string(static_cast<int>(survivor)) + wrong;
      }
      if (!world.machine().has_unsynced()) break;
    }
    return "";
  }

  std::string recover(World& world, std::uint64_t cut, int depth) {
    ++states_;
    if (depth < kDepthMax) {
      // Cut once more, somewhere in recovery or soon after. One place per state, another for each.
      World again = world.on(world.machine().fork());
      const std::uint64_t inner = 1 + (cut * 7 + static_cast<std::uint64_t>(depth) * 13) % 40;
      again.machine().cut_at_mutation(inner);
      std::string wrong = again.open_and_check();
      if (wrong.empty() && again.opened()) wrong = again.work(kStepsAfter);
      if (!wrong.empty()) return ", cut again at " + std::to_string(inner) + ": " + wrong;
      if (again.machine().is_off()) {
        again.abandon();
        auto machine = again.machine().fork();
        machine->power_cut(storage::kPowerSafeSurvivors[cut % 6], cut);
        World deeper = again.on(machine);
        wrong = recover(deeper, cut + 1, depth + 1);
        if (!wrong.empty()) return ", cut again at " + std::to_string(inner) + wrong;
      }
    }
    std::string wrong = world.open_and_check();
    if (wrong.empty()) wrong = world.work(kStepsAfter);
    if (wrong.empty()) {
      world.abandon();
      world.machine().kill_process();
      wrong = world.open_and_check();
    }
    return wrong.empty() ? "" : ": " + wrong;
  }

  std::uint64_t seed_;
  std::uint64_t states_ = 0;
};

TEST(CrashExplorer, NothingAcknowledgedIsLostNothingIsDoubled) {
  const char* one_seed = std::getenv("SEAWALL_CRASH_SEED");
  const bool is_long = std::getenv("SEAWALL_TEST_LONG") != nullptr;
  const std::uint64_t first = one_seed == nullptr ? 1 : std::stoull(one_seed);
  const std::uint64_t states_wanted = one_seed != nullptr ? 1 : is_long ? 2'000'000 : 100'000;
  std::uint64_t states = 0;
  std::uint64_t seed = first;
  for (; states < states_wanted; ++seed) {
    Explorer explorer(seed);
    const std::string wrong = explorer.run();
    ASSERT_EQ(wrong, "") << "replay: SEAWALL_CRASH_SEED=" << seed << " ./dev test -R CrashExplorer";
    states += explorer.states();
  }
  std::cout << "crash states explored: " << states << " (seeds " << first << " to " << seed - 1
            << ")\n";
}

}  // namespace
}  // namespace seawall::crash
