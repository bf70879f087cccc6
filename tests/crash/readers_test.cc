// `retrieve` and readers of the files beside writers, clears, rounds, evictions and merges that
// fail: a reader sees a prefix of what was submitted and nothing that a power cut takes back;
// `retrieve` not less than what was durable before it asked; `verify` sees no damage. The device
// fails in the middle of it. SEAWALL_TEST_LONG=1 runs many more seeds.
//
// Shown to fail when a round leaves a live state behind the deltas it took, when a state from
// before such a round is put back, and when one of a former life is.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "crash/mutants.h"
#include "crash/reader_run.h"

namespace seawall::crash {
namespace {

class Readers : public testing::TestWithParam<ReaderMode> {};

INSTANTIATE_TEST_SUITE_P(Modes, Readers,
                         testing::Values(ReaderMode{"Kept", true, 1 << 20},
                                         ReaderMode{"Evicted", true, 256},
                                         ReaderMode{"MergedByReaders", false, 256}),
                         [](const auto& info) { return info.param.name; });

TEST_P(Readers, SeeAPrefixThatIsDurable) {
  const std::uint64_t seeds = std::getenv("SEAWALL_TEST_LONG") != nullptr ? 100 : 12;
  std::uint64_t reads = 0;
  std::uint64_t observations = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    ReaderRun one(GetParam(), seed);
    ASSERT_EQ(one.run(), "") << "seed " << seed;
    reads += one.reads();
    observations += one.observations();
  }
  std::cout << "states read beside writers: " << reads << ", whole logs by others: " << observations
            << "\n";
  EXPECT_GT(reads, seeds);
}

/// Runs seeds until one finds something wrong.
std::string find_wrong(Files (*file_system)(Files), std::uint64_t forgets_every) {
  constexpr std::uint64_t kSeeds = 40;
  std::string wrong;
  for (std::uint64_t seed = 1; seed <= kSeeds && wrong.empty(); ++seed) {
    wrong = ReaderRun({"Kept", true, 1 << 20}, seed, file_system, forgets_every).run();
  }
  return wrong;
}

TEST(ReadersMutation, FindsAForgottenDelta) {
  constexpr std::uint64_t kForgetsEvery = 50;
  EXPECT_NE(find_wrong(nullptr, kForgetsEvery), "");
}

TEST(ReadersMutation, FindsStatesShownBeforeTheFlush) {
  EXPECT_NE(find_wrong(acknowledging_before_the_flush, 0), "");
}

}  // namespace
}  // namespace seawall::crash
