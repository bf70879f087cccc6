// Submitting without waiting, on memory and on real files.

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "unit/engine/engine_test.h"

namespace seawall {
namespace {

class SubmitTest : public EngineTest {};

/// The default interpreter, with no memory left for the data "large".
class ShortOfMemory final : public StateInterpreterInterface {
 public:
  [[nodiscard]] std::string_view id() const override { return real_.id(); }
  [[nodiscard]] std::uint32_t version() const override { return real_.version(); }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    if (data == "large") throw std::bad_alloc();
    return real_.format(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override {
    return real_.parse(state, version);
  }

 private:
  ConsumerStateInterpreter real_;
};

INSTANTIATE_TEST_SUITE_P(Storages, SubmitTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Files" : "Memory"; });

TEST_P(SubmitTest, SubmittedBatchesAreAllOrNothingOnceDurable) {
  const std::vector<Operation> operations = {
      {Operation::Kind::kApply, "a", 1, "", R"({"x":1})", false},
      {Operation::Kind::kApply, "b", 1, "", R"({"y":1})", false}};
  const auto first = log_->submit_batch(operations);
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(first->outcomes, std::vector<Outcome>(2, Outcome::kCommitted));
  const auto again = log_->submit_batch(operations);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->outcomes, std::vector<Outcome>(2, Outcome::kDuplicate));
  EXPECT_GE(again->lsn, first->lsn) << "a duplicate is durable with what it repeats";
  ASSERT_TRUE(log_->wait(again->lsn));
  reopen();
  EXPECT_EQ(state("a"), R"({"x":1})");
  EXPECT_EQ(state("b"), R"({"y":1})");
  EXPECT_EQ(log_->submit_batch({}).error().code, Errc::kInvalidArgument);
}

TEST_P(SubmitTest, ManyAreSubmittedUpToTheFirstRefused) {
  const std::vector<Operation> operations = {
      {Operation::Kind::kApply, "a", 1, "", R"({"x":1})", false},
      {Operation::Kind::kApply, "b", 1, "", R"({"y":1})", false},
      {Operation::Kind::kApply, "c", 1, "", R"({"z":1})", false},
      {Operation::Kind::kApply, "c", -1, "", "{}", false},
      {Operation::Kind::kApply, "d", 1, "", "{}", false}};
  const std::span all(operations);
  const std::vector<std::span<const Operation>> transactions = {
      all.subspan(0, 1), all.subspan(1, 2), all.subspan(3, 1), all.subspan(4, 1)};
  const ManyTicket first = log_->submit_many(transactions);
  EXPECT_EQ(first.accepted, 2);
  EXPECT_EQ(first.lsn, Lsn{2});
  ASSERT_TRUE(first.refusal);
  EXPECT_EQ(first.refusal->code, Errc::kInvalidArgument);
  const ManyTicket again = log_->submit_many(transactions);
  EXPECT_EQ(again.accepted, 2);
  EXPECT_EQ(first.committed, 3);
  EXPECT_EQ(first.duplicate + first.cleared, 0);
  EXPECT_EQ(again.committed, 0);
  EXPECT_EQ(again.duplicate, 3);
  EXPECT_GE(again.lsn, first.lsn) << "a duplicate is durable with what it repeats";
  ASSERT_TRUE(log_->wait(again.lsn));
  reopen();
  EXPECT_EQ(state("a"), R"({"x":1})");
  EXPECT_EQ(state("b"), R"({"y":1})");
  EXPECT_EQ(state("c"), R"({"z":1})");
  EXPECT_EQ(log_->clients().size(), 3);
  ASSERT_TRUE(log_->clear("b", true));
  EXPECT_EQ(log_->submit_many(transactions).cleared, 1);
}

TEST_P(SubmitTest, SubmittedTogetherBecomeDurableWithoutAnybodyWaiting) {
  std::promise<void> durable;
  log_->on_durable([&](Lsn lsn, const Error*) {
    if (lsn == Lsn{2}) durable.set_value();
  });
  const std::vector<Operation> operations = {{Operation::Kind::kApply, "a", 1, "", "{}", false},
                                             {Operation::Kind::kApply, "b", 1, "", "{}", false},
                                             {Operation::Kind::kApply, "", 1, "", "{}", false}};
  const std::span all(operations);
  const std::vector<std::span<const Operation>> transactions = {
      all.subspan(0, 1), all.subspan(1, 1), all.subspan(2, 1)};
  // By then the commit thread sleeps.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(log_->submit_many(transactions).accepted, 2) << "the third is refused";
  EXPECT_EQ(durable.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_P(SubmitTest, SubmittedBeforeMemoryRanOutBecomesDurableToo) {
  log_.reset();
  auto opened = WriteAheadLog::open(std::make_shared<ShortOfMemory>(), storage_, "service",
                                    base_dir_, Options{});
  ASSERT_TRUE(opened) << to_string(opened.error());
  log_ = std::move(*opened);
  std::promise<void> durable;
  log_->on_durable([&](Lsn lsn, const Error*) {
    if (lsn == Lsn{1}) durable.set_value();
  });
  const std::vector<Operation> operations = {{Operation::Kind::kApply, "a", 1, "", "{}", false},
                                             {Operation::Kind::kApply, "b", 1, "", "large", false}};
  const std::span all(operations);
  const std::vector<std::span<const Operation>> transactions = {all.subspan(0, 1),
                                                                all.subspan(1, 1)};
  // By then the commit thread sleeps.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const ManyTicket run = log_->submit_many(transactions);
  EXPECT_EQ(run.accepted, 1U);
  ASSERT_TRUE(run.refusal);
  EXPECT_EQ(run.refusal->code, Errc::kExhausted);
  EXPECT_EQ(durable.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_P(SubmitTest, NothingSubmittedTogetherIsAlwaysDurable) {
  const ManyTicket none = log_->submit_many({});
  EXPECT_EQ(none.accepted, 0);
  EXPECT_EQ(none.lsn, Lsn{});
  EXPECT_FALSE(none.refusal);
  const std::vector<std::span<const Operation>> empty(1);
  EXPECT_EQ(log_->submit_many(empty).refusal->code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace seawall
