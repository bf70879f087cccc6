#include "crash/recovery.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "crash/world.h"
#include "storage/file/simulated_survivor.h"

namespace seawall::crash {
namespace {

using storage::Survivor;

constexpr int kStepsAfter = 10;
constexpr int kDepthMax = 3;

std::span<const Survivor> survivors(std::uint64_t seed) {
  if (aligns_to_pages(seed)) return storage::kAllSurvivors;
  return storage::kPowerSafeSurvivors;
}

}  // namespace

std::string Recovery::survive(World& world, std::uint64_t salt) {
  constexpr std::uint64_t kSeedFactor = 1'000'003;
  for (const Survivor survivor : survivors(seed_)) {
    auto machine = world.machine().fork();
    machine->power_cut(survivor, seed_ * kSeedFactor + salt);
    World copy = world.on(machine);
    if (std::string wrong = recover(copy, salt, 0); !wrong.empty()) {
      return ", survivor " + std::to_string(static_cast<int>(survivor)) + wrong;
    }
    if (!world.machine().has_unsynced()) break;
  }
  return "";
}

std::string Recovery::recover(World& world, std::uint64_t salt, int depth) {
  ++states_;
  World again = world.on(world.machine().fork());
  const std::uint64_t before = world.machine().mutations();
  std::string wrong = world.open_and_check();
  const std::uint64_t mutations = world.machine().mutations() - before;
  if (wrong.empty()) wrong = world.work(kStepsAfter);
  if (wrong.empty()) {
    world.kill();
    wrong = world.open_and_check();
  }
  if (!wrong.empty()) return ": " + wrong;
  return depth < kDepthMax ? cut_again(std::move(again), mutations, salt, depth) : "";
}

// Mostly within the recovery, whose every operation comes up in turn, else soon after it.
std::string Recovery::cut_again(World again, std::uint64_t mutations, std::uint64_t salt,
                                int depth) {
  constexpr std::uint64_t kSoonAfter = 4;
  const std::uint64_t choice = salt * 7 + static_cast<std::uint64_t>(depth) * 13;
  const std::uint64_t inner = 1 + choice % (mutations + kSoonAfter);
  const std::string place = ", cut again at " + std::to_string(inner);
  again.machine().cut_at_mutation(inner);
  std::string wrong = again.open_and_check();
  if (wrong.empty() && again.opened()) wrong = again.work(kStepsAfter);
  if (!wrong.empty()) return place + ": " + wrong;
  if (!again.machine().is_off()) return "";
  again.abandon();
  auto machine = again.machine().fork();
  const std::span<const Survivor> ways = survivors(seed_);
  machine->power_cut(ways[salt % ways.size()], salt);
  World deeper = again.on(machine);
  wrong = recover(deeper, salt + 1, depth + 1);
  return wrong.empty() ? "" : place + wrong;
}

}  // namespace seawall::crash
