// Group commit by threads over a device that fails: every waiter returns, and what any of them was
// told is durable is recovered.

#include "crash/callers.h"

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "crash/mutants.h"

namespace seawall::crash {
namespace {

TEST(Callers, AllReturnAndNothingAcknowledgedIsLost) {
  const char* one_seed = std::getenv("SEAWALL_CRASH_SEED");
  const bool is_long = std::getenv("SEAWALL_TEST_LONG") != nullptr;
  const std::uint64_t first = one_seed == nullptr ? 1 : std::stoull(one_seed);
  const std::uint64_t runs = one_seed != nullptr ? 1 : is_long ? 2'000 : 20;
  std::uint64_t failures = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    Callers callers(seed);
    ASSERT_EQ(callers.run(), "") << "replay, as far as the schedule allows: SEAWALL_CRASH_SEED="
                                 << seed << " ./dev test -R Callers";
    if (callers.failed()) ++failures;
  }
  std::cout << "runs of 4 to 8 threads: " << runs << ", with a failed append: " << failures << "\n";
  if (runs > 1) {
    EXPECT_GT(failures, 0U);
  }
}

// Shown to fail: the flush that failed is tried again and believed.
TEST(CallersMutation, FindsTrustInTheSecondFlush) {
  // Every fifth seed lets a flush fail of which nothing reaches the device.
  constexpr std::uint64_t kStep = 5;
  constexpr std::uint64_t kSeeds = 100;
  std::string wrong;
  for (std::uint64_t seed = kStep; seed <= kSeeds && wrong.empty(); seed += kStep) {
    wrong = Callers(seed, trusting_the_second_flush).run();
  }
  EXPECT_NE(wrong, "");
}

}  // namespace
}  // namespace seawall::crash
