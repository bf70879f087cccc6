// The explorer must fail when what it guards is broken; otherwise its silence would mean nothing.

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "crash/explorer.h"
#include "crash/lying_file_system.h"
#include "crash/world.h"

namespace seawall::crash {
namespace {

/// Returns what the explorer finds within a few workloads.
std::string first_finding(Mutant::Files (*lie)(Mutant::Files)) {
  constexpr std::uint64_t kSeeds = 3;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (std::string wrong = CutExplorer(seed, {.file_system = lie}).run(); !wrong.empty())
      return wrong;
  }
  return "";
}

TEST(CrashExplorerMutation, FindsSkippedFlushes) {
  EXPECT_NE(first_finding(without_flushes), "");
}

TEST(CrashExplorerMutation, FindsSkippedDirectorySyncs) {
  EXPECT_NE(first_finding(without_directory_syncs), "");
}

}  // namespace
}  // namespace seawall::crash
