#include <cstdint>
#include <memory>
#include <string>

#include "crash/explorer.h"
#include "crash/world.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

std::string LivesExplorer::run() {
  constexpr int kLives = 3;
  constexpr int kSteps = 40;
  constexpr std::uint64_t kMutationsMax = 400;
  World world(std::make_shared<storage::SimulatedFileSystem>(seed_), seed_, mutant_);
  for (int life = 1; life <= kLives; ++life) {
    const std::string where = "life " + std::to_string(life) + ": ";
    // Some cuts come after the work, which makes about as many changes of the disk.
    if (life == kLives) world.machine().cut_at_mutation(1 + seed_ * 31 % kMutationsMax);
    std::string wrong = world.open_and_check();
    if (wrong.empty() && world.opened()) wrong = world.work(kSteps);
    if (!wrong.empty()) return where + wrong;
    if (world.machine().is_off()) break;
    world.kill();
  }
  world.abandon();
  return recovery_.survive(world, seed_);
}

}  // namespace seawall::crash
