// The explorers' runs. A failure prints the command that replays it: SEAWALL_CRASH_SEED runs one
// seed, all of it. SEAWALL_TEST_LONG=1 runs many more.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "crash/explorer.h"

namespace seawall::crash {
namespace {

bool is_long() {
  return std::getenv("SEAWALL_TEST_LONG") != nullptr;
}

/// Runs seed after seed until enough states were recovered from; `make` makes an explorer.
template <class Make>
void explore(const Make& make) {
  const std::uint64_t states_wanted = is_long() ? 2'000'000 : 60'000;
  const char* one_seed = std::getenv("SEAWALL_CRASH_SEED");
  const std::uint64_t first = one_seed == nullptr ? 1 : std::stoull(one_seed);
  std::uint64_t states = 0;
  std::uint64_t seed = first;
  do {
    auto explorer = make(seed, one_seed != nullptr);
    const std::string wrong = explorer.run();
    ASSERT_EQ(wrong, "") << "replay: SEAWALL_CRASH_SEED=" << seed << " ./dev test -R "
                         << testing::UnitTest::GetInstance()->current_test_info()->name();
    states += explorer.states();
    ++seed;
  } while (one_seed == nullptr && states < states_wanted);
  std::cout << "crash states explored: " << states << " (seeds " << first << " to " << seed - 1
            << ")\n";
}

TEST(CrashExplorer, NothingAcknowledgedIsLostNothingIsDoubled) {
  explore([](std::uint64_t seed, bool /*alone*/) { return CutExplorer(seed); });
}

TEST(CrashExplorer, NoFailureOfTheDeviceLosesWhatIsAcknowledged) {
  constexpr std::uint64_t kStride = 7;
  explore([](std::uint64_t seed, bool alone) {
    return FaultExplorer(seed, alone || is_long() ? 1 : kStride);
  });
}

}  // namespace
}  // namespace seawall::crash
