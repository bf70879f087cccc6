#include <cstdint>
#include <memory>
#include <string>

#include "crash/explorer.h"
#include "crash/world.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

std::string CutExplorer::run() {
  constexpr int kSteps = 60;
  const bool at_every_operation = seed_ % 8 == 6;
  for (std::uint64_t cut = 1;; ++cut) {
    World world(std::make_shared<storage::SimulatedFileSystem>(seed_), seed_, mutant_);
    if (at_every_operation) {
      world.machine().cut_at(cut);
    } else {
      world.machine().cut_at_mutation(cut);
    }
    std::string wrong = world.open_and_check();
    if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
    if (!wrong.empty()) return "cut " + std::to_string(cut) + ", before it: " + wrong;
    const bool finished = !world.machine().is_off();
    world.abandon();
    wrong = recovery_.survive(world, cut);
    if (!wrong.empty()) return "cut " + std::to_string(cut) + wrong;
    if (finished) return "";
  }
}

}  // namespace seawall::crash
