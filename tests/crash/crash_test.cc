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

/// The seeds of one test: every `step`-th from `first`.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t step = 1;
};

/// Runs seed after seed until enough states were recovered from; `make` makes an explorer.
template <class Make>
void explore(const Seeds& seeds, std::uint64_t states_wanted, const Make& make) {
  constexpr std::uint64_t kLong = 20;
  if (is_long()) states_wanted *= kLong;
  const char* one_seed = std::getenv("SEAWALL_CRASH_SEED");
  const std::uint64_t first = one_seed == nullptr ? seeds.first : std::stoull(one_seed);
  std::uint64_t states = 0;
  std::uint64_t seed = first;
  do {
    auto explorer = make(seed, one_seed != nullptr);
    const std::string wrong = explorer.run();
    ASSERT_EQ(wrong, "") << "replay: SEAWALL_CRASH_SEED=" << seed << " ./dev test -R "
                         << testing::UnitTest::GetInstance()->current_test_info()->name();
    states += explorer.states();
    seed += seeds.step;
  } while (one_seed == nullptr && states < states_wanted);
  std::cout << "crash states explored: " << states << " (seeds " << first << " to "
            << seed - seeds.step << ")\n";
}

/// In two halves, which ctest runs side by side.
class CrashExplorer : public testing::TestWithParam<Seeds> {};

INSTANTIATE_TEST_SUITE_P(Seeds, CrashExplorer,
                         testing::Values(Seeds{.first = 1, .step = 2},
                                         Seeds{.first = 2, .step = 2}),
                         [](const auto& info) { return info.param.first == 1 ? "Odd" : "Even"; });

TEST_P(CrashExplorer, NothingAcknowledgedIsLostNothingIsDoubled) {
  constexpr std::uint64_t kStates = 51'000;
  explore(GetParam(), kStates,
          [](std::uint64_t seed, bool /*alone*/) { return CutExplorer(seed); });
}

TEST_P(CrashExplorer, ManyLivesBesideRoundsAreTheModels) {
  constexpr std::uint64_t kStates = 10'000;
  explore(GetParam(), kStates,
          [](std::uint64_t seed, bool /*alone*/) { return LivesExplorer(seed); });
}

TEST_P(CrashExplorer, NoFailureOfTheDeviceLosesWhatIsAcknowledged) {
  constexpr std::uint64_t kStates = 30'000;
  constexpr std::uint64_t kStride = 7;
  explore(GetParam(), kStates, [](std::uint64_t seed, bool alone) {
    return FaultExplorer(seed, alone || is_long() ? 1 : kStride);
  });
}

TEST_P(CrashExplorer, NothingThatRunsShortEndsALog) {
  constexpr std::uint64_t kStates = 3'000;
  constexpr std::uint64_t kStride = 11;
  explore(GetParam(), kStates, [](std::uint64_t seed, bool alone) {
    return ShortageExplorer(seed, alone || is_long() ? 1 : kStride);
  });
}

}  // namespace
}  // namespace seawall::crash
