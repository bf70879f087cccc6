// What is in flight, against a model: every duplicate is found, for as long as it is in flight and
// not longer, however retirement is sliced.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/types.h"

#include "state/client_table.h"
#include "state/in_flight.h"
#include "unit/state/colliding_texts.h"

namespace seawall::state {
namespace {

using Key = std::tuple<std::size_t, std::string, BatchId>;

constexpr std::size_t kClients = 5;

Operation operation_of(const Key& key) {
  Operation operation;
  operation.client = "c";
  operation.producer = std::get<1>(key);
  operation.id = std::get<2>(key);
  return operation;
}

class InFlightModel : public testing::Test {
 protected:
  InFlightModel() {
    for (std::size_t i = 0; i < kClients; ++i) {
      places_.push_back(table_.find_or_create(std::to_string(i)));
    }
  }

  Key random_key() {
    const std::uint64_t id = random_() % 500;
    const std::string producer = random_() % 4 == 0 ? "p" : "";
    return {random_() % kClients, producer,
            random_() % 3 == 0 ? BatchId("t" + std::to_string(id)) : BatchId(id)};
  }

  void admit(const Key& key) {
    const Lsn lsn{last_.value + 1};
    const auto decision = in_flight_.admit(places_[std::get<0>(key)], operation_of(key), lsn, 0);
    const auto known = model_.find(key);
    if (known != model_.end()) {
      ASSERT_EQ(decision.outcome, Outcome::kDuplicate);
      ASSERT_EQ(decision.covering, known->second);
      return;
    }
    ASSERT_EQ(decision.outcome, Outcome::kCommitted);
    model_[key] = last_ = lsn;
    order_.push_back(key);
  }

  // Nothing is folded, so what is retired may be admitted again.
  void retire(Lsn durable, std::size_t entries_max) {
    const bool more = in_flight_.retire(durable, entries_max);
    for (; entries_max > 0 && !order_.empty() && model_[order_.front()] <= durable; --entries_max) {
      model_.erase(order_.front());
      order_.pop_front();
    }
    ASSERT_EQ(more, !order_.empty() && model_[order_.front()] <= durable);
  }

  std::mt19937_64 random_{7};
  ClientTable table_;
  std::vector<ClientTable::Place> places_;
  InFlight in_flight_;
  std::map<Key, Lsn> model_;
  std::deque<Key> order_;
  Lsn last_;
};

TEST_F(InFlightModel, FindsWhatIsInFlightAndNothingElse) {
  for (int i = 0; i < 50'000; ++i) {
    if (random_() % 8 != 0) {
      admit(random_key());
    } else {
      retire(Lsn{last_.value - random_() % (order_.size() + 1)}, 1 + random_() % 16);
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(last_.value, 20'000U);
}

// A call that memory ends in its middle takes back what it registered, as if it had never been.
TEST_F(InFlightModel, RollsBackTheNewestRecord) {
  for (int i = 0; i < 20'000; ++i) {
    const Lsn lsn{last_.value + 1};
    const std::uint64_t operations = random_() % 300;
    for (std::uint64_t k = 0; k < operations; ++k) {
      const Key key{0, "q", BatchId(random_() % 1'000)};  // the operation borrows from it
      Operation operation = operation_of(key);
      const bool is_clear = random_() % 8 == 0;
      if (is_clear) operation.kind = Operation::Kind::kClear;
      operation.keep_ids = is_clear && random_() % 2 == 0;
      static_cast<void>(in_flight_.admit(places_[random_() % kClients], operation, lsn, 0));
    }
    in_flight_.roll_back(lsn);
    for (std::uint64_t k = random_() % 4; k > 0; --k) admit(random_key());
    if (random_() % 4 == 0) {
      retire(Lsn{last_.value - random_() % (order_.size() + 1)}, 1 + random_() % 16);
    }
    if (HasFatalFailure()) return;
    i += static_cast<int>(operations);
  }
  retire(last_, order_.size() + 1);
  for (const ClientTable::Place& place : places_) EXPECT_EQ(place.client->state.in_flight, 0U);
}

TEST_F(InFlightModel, WalksTheClientsInOrder) {
  for (int i = 0; i < 1'000; ++i) admit(random_key());
  retire(Lsn{100}, 1'000);
  InFlight::Clients clients(in_flight_, order_.size());
  for (const Key& key : order_) EXPECT_EQ(clients.next().client, places_[std::get<0>(key)].client);
}

TEST_F(InFlightModel, LetsGoOfWhatManyEntriesTook) {
  constexpr std::uint64_t kEntries = 70'000;
  for (std::uint64_t id = 0; id < kEntries; ++id) admit({0, "", BatchId(id)});
  retire(last_, kEntries - 1);
  admit({0, "", BatchId(kEntries - 1)});
  retire(last_, kEntries);
  EXPECT_EQ(places_[0].client->state.in_flight, 0U);
  admit({0, "", BatchId(0)});
  EXPECT_EQ(model_.size(), 1U);
}

TEST_F(InFlightModel, KeepsABoundedMemory) {
  constexpr std::size_t kEntries = 300'000;
  constexpr std::size_t kBytesMax = std::size_t{24} << 20;
  for (std::uint64_t id = 0; id < kEntries; ++id) admit({id % kClients, "", BatchId(id)});
  EXPECT_GT(in_flight_.memory_bytes(), kBytesMax);
  while (in_flight_.retire(last_, 256)) {
  }
  EXPECT_LT(in_flight_.memory_bytes(), kBytesMax);
}

TEST_F(InFlightModel, KeepsNoLongNames) {
  constexpr std::uint64_t kEntries = 2'000;
  const std::string name(kNameBytesMax - 8, 'n');
  const std::size_t before = in_flight_.memory_bytes();
  for (std::uint64_t id = 0; id < kEntries; ++id) {
    admit({0, name + std::to_string(id), BatchId(name + std::to_string(id))});
  }
  EXPECT_GT(in_flight_.memory_bytes() - before, 2 * kEntries * name.size());
  retire(last_, kEntries);
  EXPECT_LT(in_flight_.memory_bytes() - before, kEntries * 1'024);
}

// Ids whose std::hash is the same look at as few entries as any others.
TEST_F(InFlightModel, ChosenIdsDoNotCollide) {
  const std::vector<std::string> ids = colliding_texts(4'000);
  for (const std::string& id : ids) admit({0, "", BatchId(id)});
  std::size_t probes_max = 0;
  for (const std::string& id : ids) {
    const std::size_t probes =
        in_flight_.probes(*places_[0].client, operation_of({0, "", BatchId(id)}));
    probes_max = std::max(probes_max, probes);
  }
  EXPECT_LE(probes_max, 16U);
}

// Integers that differ in their high bits only, which a plain multiplication leaves there.
TEST_F(InFlightModel, ChosenIntegersDoNotCollide) {
  std::size_t probes_max = 0;
  for (std::uint64_t i = 0; i < 4'000; ++i) admit({0, "", BatchId(i << 50)});
  for (std::uint64_t i = 0; i < 4'000; ++i) {
    const Key key{0, "", BatchId(i << 50)};
    const auto operation = operation_of(key);
    probes_max = std::max(probes_max, in_flight_.probes(*places_[0].client, operation));
  }
  EXPECT_LE(probes_max, 16U);
}

}  // namespace
}  // namespace seawall::state
