// Memory that runs short at each allocation in turn, while ids are added: afterwards a set holds
// what it held before, or all of what it was to hold.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/id_ranges.h"
#include "state/ids_loan.h"
#include "unit/interpreters/failing_new.h"

namespace seawall::state {
namespace {

/// Runs `act` with its allocation number `nth` failing; returns whether that came out of it.
template <class Act>
bool runs_short(std::size_t nth, Act act) {
  const FailingNew failing(nth);
  try {
    act();
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

std::set<std::uint64_t> all(const IdRanges& ranges) {
  std::set<std::uint64_t> ids;
  std::size_t count = 0;
  ranges.for_each([&](const IdRange& range) {
    for (std::uint64_t id = range.first; id <= range.last; ++id) ids.insert(id);
    ++count;
  });
  EXPECT_EQ(count, ranges.size());
  EXPECT_EQ(count == 0, ranges.empty());
  return ids;
}

TEST(ShortMemory, RangesAreAddedWholeOrNotAtAll) {
  for (const std::uint64_t chunks : {0, 1, 2, 4}) {
    IdRanges former;
    for (std::uint64_t i = 1; i <= chunks * IdRanges::kChunkRanges; ++i)
      former.push_back({10 * i, 10 * i});
    const std::set<std::uint64_t> model = all(former);
    for (const std::uint64_t id : {5, 11, 2'005, 2'559, 2'565, 4'445, 10'245, 99'999}) {
      bool failed = true;
      for (std::size_t nth = 1; failed; ++nth) {
        IdRanges ranges = former.copy();
        failed = runs_short(nth, [&] { EXPECT_TRUE(ranges.insert(id)); });
        std::set<std::uint64_t> expected = model;
        if (!failed) expected.insert(id);
        ASSERT_EQ(all(ranges), expected) << id << " into " << chunks << " chunks, nth " << nth;
        ASSERT_EQ(ranges.contains(id), !failed);
        ASSERT_EQ(ranges.insert(id), failed);
        ASSERT_TRUE(ranges.contains(id));
      }
    }
  }
}

std::string encoded(const DedupSets& sets) {
  std::string bytes;
  sets.encode(bytes);
  return bytes;
}

std::string long_text(const char* name) {
  return name + std::string(40, '-');  // lies on the heap
}

using Step = std::function<void(DedupSets&)>;

Step integer(const char* producer, std::uint64_t id) {
  return [=](DedupSets& sets) { sets.insert(producer, BatchId(id)); };
}
Step text(const char* producer, const char* name) {
  return [=](DedupSets& sets) { sets.insert(producer, BatchId(long_text(name))); };
}
Step timed(const char* producer, const char* name, std::uint64_t time_us) {
  return [=](DedupSets& sets) { sets.insert_timed(producer, long_text(name), time_us); };
}

void apply(const std::vector<Step>& steps, DedupSets& sets) {
  for (const Step& step : steps) step(sets);
}

void expect_same(const DedupSets& sets, const DedupSets& expected) {
  EXPECT_EQ(encoded(sets), encoded(expected));
  EXPECT_EQ(sets.empty(), expected.empty());
  EXPECT_EQ(sets.has_heap(), expected.has_heap());
  EXPECT_EQ(sets.ids().size(), expected.ids().size());
  EXPECT_EQ(sets.memory_bytes() == 0, expected.memory_bytes() == 0);
}

/// What a set may hold before a step.
std::vector<std::vector<Step>> formers() {
  std::vector<std::vector<Step>> result = {
      {},
      {integer("", 50)},
      {integer("", 50), integer("", 20)},
      {integer("p", 50)},
      {text("", "a")},
      {timed("", "a", 7)},
      {timed("p", "a", 7), integer("", 1)},
  };
  std::vector<Step>& large = result.emplace_back();
  for (std::uint64_t id = 1; id <= 3 * IdRanges::kChunkRanges; ++id) {
    large.push_back(integer("", 10 * id));
    large.push_back(integer("p", 10 * id));
  }
  return result;
}

std::vector<Step> steps() {
  return {integer("", 1),     integer("", 15),     integer("", 2'005),   integer("", 99'999),
          integer("p", 1),    integer("p", 2'005), integer("p", 99'999), integer("q", 7),
          text("", "a"),      text("p", "a"),      text("q", "a"),       timed("", "a", 9),
          timed("p", "a", 9), timed("q", "a", 9)};
}

TEST(ShortMemory, IdsAreAddedWholeOrNotAtAll) {
  for (const std::vector<Step>& former : formers()) {
    for (const Step& step : steps()) {
      bool failed = true;
      for (std::size_t nth = 1; failed; ++nth) {
        DedupSets sets;
        DedupSets expected;
        apply(former, sets);
        apply(former, expected);
        // The id of a step lies outside the set and may itself not be made.
        failed = runs_short(nth, [&] { step(sets); });
        if (!failed) step(expected);
        expect_same(sets, expected);
        step(sets);
        if (failed) step(expected);
        expect_same(sets, expected);
      }
    }
  }
}

TEST(ShortMemory, WhatIsAbsorbedIsInOneOfBoth) {
  for (const std::vector<Step>& former : formers()) {
    for (const std::vector<Step>& later : {formers()[6], formers()[7], steps()}) {
      DedupSets expected;
      apply(former, expected);
      apply(later, expected);
      bool failed = true;
      // Step by step further as the sets are large.
      for (std::size_t nth = 1; failed; nth += 1 + nth / 8) {
        DedupSets sets;
        DedupSets newer;
        apply(former, sets);
        apply(later, newer);
        const std::string all_newer = encoded(newer);
        failed = runs_short(nth, [&] { sets.absorb(newer); });
        EXPECT_EQ(encoded(newer), all_newer);
        if (failed) sets.absorb(newer);
        expect_same(sets, expected);
      }
    }
  }
}

/// A client whose ids a round lends; and all ids it ever had.
class Lent {
 public:
  Lent() : place_(table_.find_or_create("c")) {}

  void fold(const std::string& producer, std::uint64_t id) {
    format::RecordView record;
    record.interpreter_version = 1;
    record.keys.push_back({"c", producer, BatchId(id), false});
    record.operations.push_back({format::OperationKind::kApply, 0, "d"});
    ASSERT_TRUE(table_.fold(Lsn{++last_}, 1, record));
    model_.insert(producer, BatchId(id));
  }
  std::unique_ptr<IdsLoan> lend() {
    const std::scoped_lock lock(place_.shard->mutex);
    return std::make_unique<IdsLoan>(*place_.shard, *place_.client);
  }
  [[nodiscard]] const Client& client() const { return place_.client->state; }
  [[nodiscard]] std::string all() const { return encoded(model_); }

 private:
  ClientTable table_;
  ClientTable::Place place_;
  DedupSets model_;
  std::uint64_t last_ = 0;
};

TEST(ShortMemory, WhatALoanCannotGiveBackTheNextOneTakes) {
  bool failed = true;
  for (std::size_t nth = 1; failed; ++nth) {
    Lent lent;
    for (std::uint64_t id = 1; id <= 2 * IdRanges::kChunkRanges; ++id) lent.fold("", 10 * id);
    auto loan = lent.lend();
    for (const std::uint64_t id : {2'005, 2'015, 99'999}) lent.fold("", id);
    lent.fold("p", 5);
    {
      const FailingNew failing(nth);
      loan.reset();
      failed = FailingNew::failed();
    }
    ASSERT_EQ(lent.client().has_lent(), failed);
    for (const std::uint64_t id : {10, 2'000, 2'005, 5'120, 99'999})
      EXPECT_TRUE(lent.client().knows("", BatchId(id), 0));
    EXPECT_TRUE(lent.client().knows("p", BatchId(std::uint64_t{5}), 0));
    lent.fold("p", 6);
    EXPECT_EQ(lent.lend()->encode(0), lent.all());
    EXPECT_FALSE(lent.client().has_lent());
    EXPECT_EQ(encoded(lent.client().ids), lent.all());
  }
}

}  // namespace
}  // namespace seawall::state
