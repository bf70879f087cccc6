// Ids that a round encodes without the mutex, while the client goes on: what is known, what is
// encoded and what is there afterwards, against one set that is never lent.

#include "state/ids_loan.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"

namespace seawall::state {
namespace {

std::string encoded(const DedupSets& sets, std::uint64_t oldest_us = 0) {
  std::string bytes;
  sets.encode(bytes, oldest_us);
  return bytes;
}

/// A client whose ids are lent now and then, and the set they would be without that.
class LentClient {
 public:
  LentClient() : place_(table_.find_or_create("c")) {}

  void persist(const std::string& producer, const BatchId& id, bool expires) {
    const bool knows = model_.contains(producer, id, DedupSets::kForEver);
    const bool folded = fold(format::OperationKind::kApply, producer, id, expires);
    RC_ASSERT(folded == !knows);
    if (!folded) return;
    if (expires) {
      static_cast<void>(model_.insert_timed(producer, id.text(), now_us_));
    } else {
      static_cast<void>(model_.insert(producer, id));
    }
  }
  void clear() {
    RC_ASSERT(fold(format::OperationKind::kClear, "", {}, false));
    model_.clear();
    lent_is_current_ = false;
  }
  void lend() {
    if (loan_) return;
    const std::scoped_lock lock(place_.shard->mutex);
    loan_ = std::make_unique<IdsLoan>(*place_.shard, *place_.client);
    when_lent_ = encoded(model_, oldest_us());
    lent_is_current_ = true;
  }
  void encode() {
    if (!loan_) return;
    RC_ASSERT(loan_->encode(oldest_us()) == when_lent_);
    loan_.reset();
    if (lent_is_current_) model_.forget_before(oldest_us());
  }
  void pass(std::uint64_t us) {
    if (!loan_) now_us_ += us;  // so that the model drops what the loan drops
  }
  void check(const std::string& producer, const BatchId& id) {
    for (const std::uint64_t oldest : {std::uint64_t{0}, oldest_us(), DedupSets::kForEver}) {
      RC_ASSERT(place_.client->state.knows(producer, id, oldest) ==
                model_.contains(producer, id, oldest));
    }
    if (!loan_) RC_ASSERT(encoded(place_.client->state.ids) == encoded(model_));
  }

 private:
  static constexpr std::uint64_t kKeptUs = 30;

  [[nodiscard]] std::uint64_t oldest_us() const {
    return now_us_ > kKeptUs ? now_us_ - kKeptUs : 0;
  }

  bool fold(format::OperationKind kind, const std::string& producer, const BatchId& id,
            bool expires) {
    format::RecordView record;
    record.interpreter_version = 1;
    record.keys.push_back({"c", producer, id, expires});
    record.operations.push_back({kind, 0, "d"});
    return table_.fold(Lsn{++last_}, now_us_, record);
  }

  ClientTable table_;
  ClientTable::Place place_;
  DedupSets model_;
  std::unique_ptr<IdsLoan> loan_;
  std::string when_lent_;
  bool lent_is_current_ = false;
  std::uint64_t now_us_ = 1;
  std::uint64_t last_ = 0;
};

RC_GTEST_PROP(IdsLoan, IsNotToBeSeenByTheClient, ()) {
  LentClient client;
  const auto steps = *rc::gen::inRange(1, 120);
  for (int step = 0; step < steps; ++step) {
    const std::string producer = *rc::gen::element<std::string>("", "", "p");
    const bool is_text = *rc::gen::arbitrary<bool>();
    const auto number = *rc::gen::inRange<std::uint64_t>(0, 12);
    const BatchId id = is_text ? BatchId("t" + std::to_string(number)) : BatchId(number);
    switch (*rc::gen::inRange(0, 10)) {
      case 0:
        client.lend();
        break;
      case 1:
        client.encode();
        break;
      case 2:
        client.pass(*rc::gen::inRange<std::uint64_t>(0, 20));
        break;
      case 3:
        if (*rc::gen::inRange(0, 4) == 0) client.clear();
        break;
      default:
        client.persist(producer, id, is_text && *rc::gen::arbitrary<bool>());
    }
    client.check(producer, id);
  }
}

TEST(IdsLoan, OnlyLargeSetsAreWorthOne) {
  DedupSets sets;
  for (std::uint64_t id = 0; id < 100'000; ++id) static_cast<void>(sets.insert("", BatchId(id)));
  EXPECT_FALSE(sets.is_large());
  for (std::uint64_t id = 0; id < 2'000; ++id) {
    static_cast<void>(sets.insert("", BatchId("t" + std::to_string(id))));
  }
  EXPECT_TRUE(sets.is_large());
}

}  // namespace
}  // namespace seawall::state
