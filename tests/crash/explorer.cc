#include "crash/explorer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

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

// Recoveries change the disk about this often; a second cut falls on one of them.
constexpr std::uint64_t kRecoveryMutations = 40;

}  // namespace

std::string Explorer::run() {
  for (std::uint64_t cut = 1;; ++cut) {
    World world(std::make_shared<SimulatedFileSystem>(seed_), seed_, wrap_);
    world.machine().cut_at_mutation(cut);
    std::string wrong = world.open_and_check();
    if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
    if (!wrong.empty()) return "cut " + std::to_string(cut) + ", before it: " + wrong;
    const bool finished = !world.machine().is_off();
    world.abandon();
    wrong = survive(world, cut);
    if (!wrong.empty()) return "cut " + std::to_string(cut) + wrong;
    if (finished) return "";
  }
}

std::string Explorer::survive(World& world, std::uint64_t cut) {
  constexpr std::uint64_t kSeedFactor = 1'000'003;
  for (const Survivor survivor : storage::kPowerSafeSurvivors) {
    auto machine = world.machine().fork();
    machine->power_cut(survivor, seed_ * kSeedFactor + cut);
    World copy = world.on(machine);
    if (std::string wrong = recover(copy, cut, 0); !wrong.empty()) {
      return ", survivor " + std::to_string(static_cast<int>(survivor)) + wrong;
    }
    if (!world.machine().has_unsynced()) break;
  }
  return "";
}

std::string Explorer::recover(World& world, std::uint64_t cut, int depth) {
  ++states_;
  if (depth < kDepthMax) {
    if (std::string wrong = cut_again(world, cut, depth); !wrong.empty()) return wrong;
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

std::string Explorer::cut_again(World& world, std::uint64_t cut, int depth) {
  World again = world.on(world.machine().fork());
  const std::uint64_t inner =
      1 + (cut * 7 + static_cast<std::uint64_t>(depth) * 13) % kRecoveryMutations;
  const std::string place = ", cut again at " + std::to_string(inner);
  again.machine().cut_at_mutation(inner);
  std::string wrong = again.open_and_check();
  if (wrong.empty() && again.opened()) wrong = again.work(kStepsAfter);
  if (!wrong.empty()) return place + ": " + wrong;
  if (!again.machine().is_off()) return "";
  again.abandon();
  auto machine = again.machine().fork();
  machine->power_cut(storage::kPowerSafeSurvivors[cut % std::size(storage::kPowerSafeSurvivors)],
                     cut);
  World deeper = again.on(machine);
  wrong = recover(deeper, cut + 1, depth + 1);
  return wrong.empty() ? "" : place + wrong;
}

}  // namespace seawall::crash
