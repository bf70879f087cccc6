// Text ids that expire: the dedup set's part, and that replay takes what admission let through.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/types.h"

#include "base/coding.h"
#include "format/record.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/in_flight.h"

namespace seawall::state {
namespace {

TEST(Retention, AnIdExpiresByItsTime) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert_timed("p", "x", 100));
  EXPECT_TRUE(sets.contains("p", "x", 100));
  EXPECT_FALSE(sets.contains("p", "x", 101));
  EXPECT_TRUE(sets.contains("p", "x"));
  EXPECT_FALSE(sets.contains("p", "x", DedupSets::kForEver));
}

TEST(Retention, ARenewedIdHasItsNewTime) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert_timed("", "x", 100));
  ASSERT_TRUE(sets.insert_timed("", "x", 200));
  EXPECT_TRUE(sets.contains("", "x", 200));
  sets.forget_before(200);
  EXPECT_TRUE(sets.contains("", "x"));
  sets.forget_before(201);
  EXPECT_TRUE(sets.empty());
  EXPECT_EQ(sets.memory_bytes(), 0U);
}

TEST(Retention, AnIdKeptForEverStaysSo) {
  DedupSets sets;
  ASSERT_TRUE(sets.insert("", "x"));
  EXPECT_FALSE(sets.insert_timed("", "x", 100));
  sets.forget_before(DedupSets::kForEver);
  EXPECT_TRUE(sets.contains("", "x", DedupSets::kForEver));
  // The other way round: written while the option was off, after it had been on.
  ASSERT_TRUE(sets.insert_timed("", "y", 100));
  EXPECT_TRUE(sets.insert("", "y"));
  EXPECT_TRUE(sets.contains("", "y", DedupSets::kForEver));
  EXPECT_FALSE(sets.insert("", "y"));
}

using Model = std::map<std::string, std::uint64_t>;

RC_GTEST_PROP(RetentionProperty, AgreesWithAMap, ()) {
  DedupSets sets;
  Model model;
  std::uint64_t now_us = 0;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    now_us += *rc::gen::inRange<std::uint64_t>(0, 20);
    const std::string id = "id-" + std::to_string(*rc::gen::inRange(0, 6));
    if (*rc::gen::inRange(0, 5) == 0) {
      const std::uint64_t oldest_us = now_us - now_us / 2;
      sets.forget_before(oldest_us);
      std::erase_if(model, [&](const auto& known) { return known.second < oldest_us; });
    } else {
      RC_ASSERT(sets.insert_timed("p", id, now_us));
      model[id] = now_us;
    }
    for (const auto& [known, time_us] : model) {
      RC_ASSERT(sets.contains("p", known, time_us));
      RC_ASSERT(!sets.contains("p", known, time_us + 1));
    }
    RC_ASSERT(sets.empty() == model.empty());
    std::string bytes;
    sets.copy().encode(bytes);
    base::Reader reader(bytes);
    auto back = DedupSets::decode(reader);
    RC_ASSERT(back.has_value() && reader.done());
    std::string again;
    back->encode(again);
    RC_ASSERT(again == bytes);
    RC_ASSERT((back->memory_bytes() > 0) == !model.empty());
  }
}

format::RecordView record_of(std::string_view id, bool expires) {
  format::RecordView record;
  record.interpreter_version = 1;
  record.keys.push_back({"c", "", BatchId(id), expires});
  record.operations.push_back({format::OperationKind::kApply, 0, "d"});
  return record;
}

std::size_t deltas_of(ClientTable& table) {
  const auto* client = ClientTable::find_locked(table.shard_of("c"), "c");
  return client != nullptr && client->state.deltas ? client->state.deltas->size() : 0;
}

// Whether an id had expired is the first run's decision; replay knows no retention.
TEST(Retention, ReplayTakesAnExpiredIdAgain) {
  ClientTable table;
  ASSERT_TRUE(table.fold(Lsn{1}, 100, record_of("x", true)));
  ASSERT_TRUE(table.fold(Lsn{2}, 900, record_of("x", true)));
  // The option was switched off in between.
  ASSERT_TRUE(table.fold(Lsn{3}, 1'900, record_of("x", false)));
  EXPECT_EQ(deltas_of(table), 3U);
  // From here on it is there for ever: another one contradicts the log.
  EXPECT_FALSE(table.fold(Lsn{4}, 2'900, record_of("x", true)));
  EXPECT_FALSE(table.fold(Lsn{4}, 2'900, record_of("x", false)));
}

TEST(Retention, AdmissionJudgesByTheTimeGiven) {
  ClientTable table;
  ASSERT_TRUE(table.fold(Lsn{1}, 100, record_of("x", true)));
  const ClientTable::Place place = table.find_or_create("c");
  InFlight in_flight;
  Operation operation;
  operation.client = "c";
  operation.id = "x";
  operation.data = "d";
  EXPECT_EQ(in_flight.admit(place, operation, Lsn{2}, 100).outcome, Outcome::kDuplicate);
  EXPECT_EQ(in_flight.admit(place, operation, Lsn{2}, 101).outcome, Outcome::kCommitted);
  // Now it is in flight, and a duplicate of that.
  EXPECT_EQ(in_flight.admit(place, operation, Lsn{3}, 101).outcome, Outcome::kDuplicate);
}

}  // namespace
}  // namespace seawall::state
