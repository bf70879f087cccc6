#include "state/dedup_set.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/types.h"

#include "base/coding.h"

namespace seawall::state {
namespace {

constexpr std::uint64_t kIdMax = INT64_MAX;

std::string encoded(const DedupSets& sets) {
  std::string bytes;
  sets.encode(bytes);
  return bytes;
}

std::optional<DedupSets> decoded(std::string_view bytes) {
  base::Reader reader(bytes);
  std::optional<DedupSets> sets = DedupSets::decode(reader);
  if (sets && !reader.done()) return std::nullopt;
  return sets;
}

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string result;
  for (const int byte : bytes) result.push_back(static_cast<char>(byte));
  return result;
}

TEST(DedupSets, InOrderIdsOfOneProducerHoldNoHeap) {
  DedupSets sets;
  EXPECT_TRUE(sets.empty());
  for (std::uint64_t id = 7; id < 5'000; ++id) ASSERT_TRUE(sets.insert("", id));
  EXPECT_EQ(sets.memory_bytes(), 0U);
  EXPECT_FALSE(sets.contains("", 6));
  EXPECT_TRUE(sets.contains("", 7));
  EXPECT_TRUE(sets.contains("", 4'999));
  EXPECT_FALSE(sets.contains("", 5'000));
  EXPECT_FALSE(sets.insert("", 7));
}

TEST(DedupSets, EmptySetKnowsNothing) {
  DedupSets sets;
  EXPECT_FALSE(sets.contains("", 0));
  EXPECT_FALSE(sets.contains("", 1));
  EXPECT_TRUE(sets.insert("", 0));
  EXPECT_TRUE(sets.contains("", 0));
  EXPECT_FALSE(sets.contains("", 1));
}

TEST(DedupSets, LowerIdAfterHigherIsNew) {
  DedupSets sets;
  EXPECT_TRUE(sets.insert("", 10));
  EXPECT_FALSE(sets.contains("", 5));
  EXPECT_TRUE(sets.insert("", 5));
  EXPECT_FALSE(sets.insert("", 5));
  EXPECT_FALSE(sets.insert("", 10));
  EXPECT_FALSE(sets.contains("", 9));
}

TEST(DedupSets, FilledGapsGiveTheHeapBack) {
  DedupSets sets;
  for (const std::uint64_t id : {1U, 3U, 5U, 4U}) ASSERT_TRUE(sets.insert("", id));
  EXPECT_GT(sets.memory_bytes(), 0U);
  ASSERT_TRUE(sets.insert("", 2));
  EXPECT_EQ(sets.memory_bytes(), 0U);
  EXPECT_FALSE(sets.insert("", 4));
}

TEST(DedupSets, HighestId) {
  DedupSets sets;
  EXPECT_TRUE(sets.insert("", kIdMax));
  EXPECT_TRUE(sets.insert("", kIdMax - 1));
  EXPECT_TRUE(sets.insert("p", kIdMax));
  EXPECT_FALSE(sets.insert("p", kIdMax));
  EXPECT_EQ(encoded(*decoded(encoded(sets))), encoded(sets));
}

TEST(DedupSets, ProducersAreApart) {
  DedupSets sets;
  EXPECT_TRUE(sets.insert("", 1));
  EXPECT_TRUE(sets.insert("a", 1));
  EXPECT_TRUE(sets.insert("b", "x"));
  EXPECT_FALSE(sets.contains("b", 1));
  EXPECT_FALSE(sets.contains("", "x"));
  EXPECT_FALSE(sets.contains("c", 1));
  EXPECT_FALSE(sets.insert("a", 1));
}

TEST(DedupSets, CanonicalDecimalTextIsTheInteger) {
  DedupSets sets;
  EXPECT_TRUE(sets.insert("", "5"));
  EXPECT_FALSE(sets.insert("", 5));
  EXPECT_TRUE(sets.insert("", "05"));
}

TEST(DedupSets, NoIdIsNeverRemembered) {
  DedupSets sets;
  EXPECT_TRUE(sets.insert("p", BatchId()));
  EXPECT_TRUE(sets.insert("", BatchId(-1)));
  EXPECT_FALSE(sets.contains("p", BatchId()));
  EXPECT_TRUE(sets.empty());
}

TEST(DedupSets, IdsAreSortedByProducer) {
  DedupSets sets;
  for (const std::uint64_t id : {4U, 2U, 1U}) ASSERT_TRUE(sets.insert("b", id));
  ASSERT_TRUE(sets.insert("a", "z"));
  ASSERT_TRUE(sets.insert("a", "y"));
  ASSERT_TRUE(sets.insert("", 9));
  ASSERT_TRUE(sets.insert("", 7));
  const std::vector<ProducerIds> ids = sets.ids();
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids[0].producer, "");
  EXPECT_THAT(ids[0].integers, testing::ElementsAre(IdRange{7, 7}, IdRange{9, 9}));
  EXPECT_EQ(ids[1].producer, "a");
  EXPECT_THAT(ids[1].texts, testing::ElementsAre("y", "z"));
  EXPECT_THAT(ids[2].integers, testing::ElementsAre(IdRange{1, 2}, IdRange{4, 4}));
}

TEST(DedupSets, MovedFromAndClearedAreEmpty) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert("", 3));
  ASSERT_TRUE(sets.insert("p", 3));
  DedupSets target = std::move(sets);
  EXPECT_TRUE(sets.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(target.contains("p", 3));
  target.clear();
  EXPECT_TRUE(target.empty());
  EXPECT_FALSE(target.contains("", 3));
}

TEST(DedupSets, CopyIsIndependent) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert("", 3));
  ASSERT_TRUE(sets.insert("", 1));
  ASSERT_TRUE(sets.insert("p", "x"));
  DedupSets copy = sets.copy();
  EXPECT_EQ(encoded(copy), encoded(sets));
  ASSERT_TRUE(copy.insert("", 2));
  EXPECT_FALSE(sets.contains("", 2));
}

TEST(DedupSets, EncodingIsAsDocumented) {
  DedupSets sets;
  EXPECT_EQ(encoded(sets), bytes_of({0}));
  for (const std::uint64_t id : {1U, 2U, 3U, 6U, 200U}) ASSERT_TRUE(sets.insert("", id));
  ASSERT_TRUE(sets.insert("p", "x"));
  EXPECT_EQ(encoded(sets), bytes_of({2, 0, 3, 1, 2, 1, 0, 0xc0, 1, 0, 0, 0,  //
                                     1, 'p', 0, 1, 1, 'x', 0}));
  ASSERT_TRUE(sets.insert_timed("p", "y", 300));
  EXPECT_EQ(encoded(sets), bytes_of({2, 0,   3, 1, 2, 1,   0, 0xc0, 1,   0,    0, 0,  //
                                     1, 'p', 0, 1, 1, 'x', 1, 1,    'y', 0xac, 2}));
}

TEST(DedupSets, DecoderRefusesWhatEncoderNeverWrites) {
  const std::vector<std::string> refused = {
      "",
      bytes_of({1}),
      bytes_of({0x80, 0}),                                          // overlong count
      bytes_of({1, 3, 'a', 'b', 'c', 0, 0, 0}),                     // producer without ids
      bytes_of({1, 0, 1, 0x81, 0, 0, 0, 0}),                        // overlong gap
      bytes_of({2, 1, 'b', 1, 1, 0, 0, 0, 1, 'a', 1, 1, 0, 0, 0}),  // producers not sorted
      bytes_of({2, 1, 'a', 1, 1, 0, 0, 0, 1, 'a', 1, 1, 0, 0, 0}),  // producer twice
      bytes_of({1, 0, 0, 2, 1, 'b', 1, 'a', 0}),                    // texts not sorted
      bytes_of({1, 0, 0, 2, 1, 'a', 1, 'a', 0}),                    // text twice
      bytes_of({1, 0, 0, 1, 1, 'a', 1, 1, 'a', 9}),                 // text with and without a time
      bytes_of({1, 0, 0, 0, 2, 1, 'b', 9, 1, 'a', 9}),              // timed texts not sorted
      bytes_of({1, 0, 0, 0, 1, 1, 'a', 0x89, 0}),                   // overlong time
      bytes_of({1, 0, 0, 1, 0, 0, 0}),                              // empty text
      bytes_of({1, 0, 0, 1, 1, '7', 0}),                            // an integer as text
      bytes_of(
          {1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),  // a count too large
      bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
      // Ranges that reach 2^63: by gap, by length, by the gap after the highest id.
      bytes_of({1, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 0, 0}),
      bytes_of({1, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0}),
      bytes_of({1, 0, 2, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0}),
      bytes_of({1,    0,    2,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,    0,    0,    0}),
  };
  for (const std::string& bytes : refused)
    EXPECT_FALSE(decoded(bytes).has_value()) << testing::PrintToString(bytes);
}

TEST(DedupSets, DecoderLeavesWhatFollows) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert("", 3));
  const std::string bytes = encoded(sets) + "rest";
  base::Reader reader(bytes);
  ASSERT_TRUE(DedupSets::decode(reader).has_value());
  EXPECT_EQ(reader.raw(reader.remaining()), "rest");
}

TEST(DedupSets, DecoderRefusesNamesThatAreTooLong) {
  std::string bytes = bytes_of({1, 0, 0, 1});
  base::put_bytes(bytes, std::string(kNameBytesMax, 'x'));
  bytes += bytes_of({0});
  EXPECT_TRUE(decoded(bytes).has_value());
  bytes = bytes_of({1, 0, 0, 1});
  base::put_bytes(bytes, std::string(kNameBytesMax + 1, 'x'));
  bytes += bytes_of({0});
  EXPECT_FALSE(decoded(bytes).has_value());
  bytes = bytes_of({1});
  base::put_bytes(bytes, std::string(kNameBytesMax + 1, 'x'));
  bytes += bytes_of({1, 1, 0, 0, 0});
  EXPECT_FALSE(decoded(bytes).has_value());
}

using Model = std::map<std::string, std::set<std::pair<std::uint64_t, std::string>>>;
using Arrival = std::pair<std::string, BatchId>;

/// Ids close together, so that they touch, overlap and repeat; some far apart, some texts.
rc::Gen<BatchId> batch_ids() {
  return rc::gen::oneOf(rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 60),
                                     [](std::uint64_t id) { return BatchId(id); }),
                        rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 60),
                                     [](std::uint64_t id) { return BatchId(kIdMax - id); }),
                        rc::gen::map(rc::gen::inRange(0, 8),
                                     [](int id) { return BatchId("id-" + std::to_string(id)); }));
}

rc::Gen<std::vector<Arrival>> arrivals() {
  return rc::gen::scale(5.0, rc::gen::container<std::vector<Arrival>>(rc::gen::pair(
                                 rc::gen::element<std::string>("", "", "p", "q"), batch_ids())));
}

DedupSets sets_of(const std::vector<Arrival>& list) {
  DedupSets sets;
  for (const auto& [producer, id] : list) sets.insert(producer, id);
  return sets;
}

void check_against(const DedupSets& sets, const Model& model) {
  for (const auto& [producer, ids] : model) {
    for (std::uint64_t id = 0; id <= 61; ++id) {
      RC_ASSERT(sets.contains(producer, id) == ids.contains({id, ""}));
      RC_ASSERT(sets.contains(producer, kIdMax - id) == ids.contains({kIdMax - id, ""}));
    }
    for (int id = 0; id < 9; ++id) {
      const std::string text = "id-" + std::to_string(id);
      RC_ASSERT(sets.contains(producer, text) == ids.contains({0, text}));
    }
  }
}

RC_GTEST_PROP(DedupSetsProperty, AgreesWithPlainSets, ()) {
  const std::vector<Arrival> list = *arrivals();
  DedupSets sets;
  Model model{{"", {}}, {"p", {}}, {"q", {}}};
  for (const auto& [producer, id] : list) {
    const bool seen = sets.contains(producer, id);
    const bool inserted = sets.insert(producer, id);
    RC_ASSERT(inserted == model[producer].insert({id.integer(), id.text()}).second);
    RC_ASSERT(seen == !inserted);
  }
  check_against(sets, model);
  check_against(sets.copy(), model);
}

RC_GTEST_PROP(DedupSetsProperty, EveryOrderEncodesEqually, ()) {
  std::vector<Arrival> list = *arrivals();
  const std::string bytes = encoded(sets_of(list));
  std::reverse(list.begin(), list.end());
  RC_ASSERT(encoded(sets_of(list)) == bytes);
  std::sort(list.begin(), list.end());
  RC_ASSERT(encoded(sets_of(list)) == bytes);
  const std::optional<DedupSets> back = decoded(bytes);
  RC_ASSERT(back.has_value());
  RC_ASSERT(encoded(*back) == bytes);
  RC_ASSERT(back->memory_bytes() == 0U || !list.empty());
}

// A decoded set must be the set: it goes on to take ids as one that was never encoded.
RC_GTEST_PROP(DedupSetsProperty, DecodedGoesOn, ()) {
  const std::vector<Arrival> before = *arrivals();
  const std::vector<Arrival> after = *arrivals();
  DedupSets sets = sets_of(before);
  std::optional<DedupSets> back = decoded(encoded(sets));
  RC_ASSERT(back.has_value());
  for (const auto& [producer, id] : after)
    RC_ASSERT(back->insert(producer, id) == sets.insert(producer, id));
  RC_ASSERT(encoded(*back) == encoded(sets));
}

/// Whatever is accepted must be canonical, so that no two encodings mean one set.
void check_hostile(const std::string& bytes) {
  const std::optional<DedupSets> sets = decoded(bytes);
  if (sets) RC_ASSERT(encoded(*sets) == bytes);
}

RC_GTEST_PROP(DedupSetsProperty, RandomBytesAreRefusedOrCanonical, (const std::string& bytes)) {
  check_hostile(bytes);
}

RC_GTEST_PROP(DedupSetsProperty, MutatedBytesAreRefusedOrCanonical, ()) {
  std::string bytes = encoded(sets_of(*arrivals()));
  const auto changes = *rc::gen::inRange(1, 4);
  for (int change = 0; change < changes; ++change) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        bytes.insert(at, 1, *rc::gen::arbitrary<char>());
        break;
      default:
        bytes.resize(std::max<std::size_t>(at, 1));
    }
  }
  check_hostile(bytes);
}

}  // namespace
}  // namespace seawall::state
