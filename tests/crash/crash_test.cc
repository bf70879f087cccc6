// The crash explorer's runs. A failure prints the command that replays it. SEAWALL_CRASH_SEED runs
// one seed, SEAWALL_TEST_LONG=1 many more.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "crash/explorer.h"

namespace seawall::crash {
namespace {

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
