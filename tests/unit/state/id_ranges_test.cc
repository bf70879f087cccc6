#include "state/id_ranges.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seawall/types.h"

namespace seawall::state {
namespace {

constexpr std::uint64_t kIds = 40'000;

/// A fixed permutation of 0..kIds-1: 7,919 is prime and no divisor of kIds.
std::uint64_t shuffled(std::uint64_t index) {
  return index * 7'919 % kIds;
}

std::vector<IdRange> all(const IdRanges& ranges) {
  std::vector<IdRange> result;
  ranges.for_each([&](const IdRange& range) { result.push_back(range); });
  return result;
}

/// Ids 0, 2, 4, ... in shuffled order.
IdRanges isolated() {
  IdRanges ranges;
  for (std::uint64_t index = 0; index < kIds; ++index)
    EXPECT_TRUE(ranges.insert(2 * shuffled(index)));
  return ranges;
}

TEST(IdRanges, IsolatedIdsStaySortedOverManyChunks) {
  IdRanges ranges = isolated();
  EXPECT_EQ(ranges.size(), kIds);
  const std::vector<IdRange> list = all(ranges);
  ASSERT_EQ(list.size(), kIds);
  for (std::uint64_t id = 0; id < kIds; ++id) {
    ASSERT_EQ(list[id], (IdRange{2 * id, 2 * id}));
    ASSERT_TRUE(ranges.contains(2 * id));
    ASSERT_FALSE(ranges.contains(2 * id + 1));
    ASSERT_FALSE(ranges.insert(2 * id));
  }
}

TEST(IdRanges, FilledGapsBecomeOneRangeAndGiveMemoryBack) {
  IdRanges ranges = isolated();
  const std::size_t bytes = ranges.memory_bytes();
  EXPECT_LT(bytes, kIds * 3 * sizeof(IdRange));
  for (std::uint64_t index = 0; index < kIds; ++index) {
    ASSERT_TRUE(ranges.insert(2 * shuffled(index) + 1));
    ASSERT_LE(ranges.size(), kIds);
  }
  EXPECT_THAT(all(ranges), testing::ElementsAre(IdRange{0, 2 * kIds - 1}));
  EXPECT_LT(ranges.memory_bytes(), bytes / 8);
}

TEST(IdRanges, ThinnedChunksAreMerged) {
  IdRanges ranges = isolated();
  const std::size_t bytes = ranges.memory_bytes();
  // Every 64th gap stays, so that no chunk ever runs empty.
  for (std::uint64_t id = 0; id < kIds; ++id)
    if (id % 64 != 0) {
      ASSERT_TRUE(ranges.insert(2 * id + 1));
    }
  EXPECT_LE(ranges.size(), kIds / 64 + 1);
  EXPECT_LT(ranges.memory_bytes(), bytes / 8);
}

TEST(IdRanges, JoinsAcrossChunkBorders) {
  IdRanges ranges;
  for (std::uint64_t id = 0; id < 3 * IdRanges::kChunkRanges; ++id)
    ranges.push_back({4 * id, 4 * id});
  for (std::uint64_t id = 0; id < 3 * IdRanges::kChunkRanges; ++id) {
    ASSERT_TRUE(ranges.insert(4 * id + 1));
    ASSERT_TRUE(ranges.insert(4 * id + 3));
    ASSERT_TRUE(ranges.insert(4 * id + 2));
    ASSERT_TRUE(ranges.contains(4 * id + 2));
  }
  EXPECT_EQ(ranges.size(), 1U);
}

TEST(IdRanges, PopBackUncoversTheRangeBelow) {
  IdRanges ranges;
  for (std::uint64_t id = 0; id <= IdRanges::kChunkRanges; ++id)
    ranges.push_back({3 * id, 3 * id + 1});
  ranges.pop_back();
  EXPECT_EQ(ranges.back(),
            (IdRange{3 * (IdRanges::kChunkRanges - 1), 3 * IdRanges::kChunkRanges - 2}));
  while (!ranges.empty()) ranges.pop_back();
  EXPECT_FALSE(ranges.contains(0));
  EXPECT_TRUE(ranges.insert(0));
}

TEST(IdRanges, CopyIsIndependent) {
  IdRanges ranges = isolated();
  IdRanges copy = ranges.copy();
  EXPECT_EQ(all(copy), all(ranges));
  EXPECT_TRUE(copy.insert(1));
  EXPECT_FALSE(ranges.contains(1));
}

}  // namespace
}  // namespace seawall::state
