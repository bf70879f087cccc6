// Rounds that fail, in the interpreter, in the storage, for lack of memory: none loses a client,
// leaves an object behind, or stops the log but for a write whose outcome is unknown.
//
// Shown to fail when the clients a round took are given back only after errors and not after
// exceptions (reopened, the log lacked all of them), and when objects of a failed round are kept.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/memory_storage.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/hooked_storage.h"
#include "crash/list_interpreter.h"
#include "engine/log_engine.h"

namespace seawall::crash {
namespace {

/// Does with the delta "!" what the test says.
class FaultyInterpreter final : public ListInterpreter {
 public:
  FaultyInterpreter() : ListInterpreter(true) {}
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    if (delta == "!" && throws_ == Throws::kMemory) throw std::bad_alloc();
    if (delta == "!" && throws_ == Throws::kError) throw std::runtime_error("a bug");
    if (delta == "!" && throws_ == Throws::kNumber) throw 7;
    return ListInterpreter::fold(state, delta);
  }
  enum class Throws : std::uint8_t { kNothing, kMemory, kError, kNumber };
  Throws throws_ = Throws::kNothing;
};
using Throws = FaultyInterpreter::Throws;

class RoundFailure : public testing::Test {
 protected:
  void SetUp() override {
    reopen();
    for (int i = 0; i < kClients; ++i) persist(name(i), "a");
  }

  void reopen() {
    log_.reset();
    auto opened = engine::LogEngine::open(interpreter_, storage_, {"/base", "log"}, {{}, false});
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
  }

  static std::string name(int i) { return "client-" + std::to_string(i); }

  void persist(std::string_view client, std::string_view data) {
    const Operation operation{
        Operation::Kind::kApply, client, BatchId(++last_id_), "", data, false};
    const auto ticket = log_->commit({&operation, 1}, nullptr);
    ASSERT_TRUE(ticket) << to_string(ticket.error());
  }

  /// Every client holds `state` now and, the log trimmed, after a reopen.
  void expect_all(const std::string& state) {
    const auto done = log_->checkpoint();
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(log_->stats().tail_bytes, 0U);
    reopen();
    for (int i = 0; i < kClients; ++i) EXPECT_EQ(log_->retrieve(name(i)).value(), state) << i;
  }

  [[nodiscard]] std::size_t objects_on_disk() const {
    return storage_->read({"/base", "log"}).value()->list().value().size();
  }

  static constexpr int kClients = 20;
  VolumeHooks hooks_;
  std::shared_ptr<FaultyInterpreter> interpreter_ = std::make_shared<FaultyInterpreter>();
  std::shared_ptr<StorageInterface> storage_ =
      std::make_shared<HookedStorage>(std::make_shared<MemoryStorage>(), hooks_);
  std::unique_ptr<engine::LogEngine> log_;
  std::uint64_t last_id_ = 0;
};

TEST_F(RoundFailure, OneClientsFaultyInterpreterDoesNotStopTheRound) {
  for (const Throws throws : {Throws::kError, Throws::kNumber}) {
    persist("faulty", "!");
    interpreter_->throws_ = throws;
    expect_all("a");
    interpreter_->throws_ = Throws::kNothing;
  }
  EXPECT_EQ(log_->retrieve("faulty").value(), "!!") << "carried over unmerged";
}

TEST_F(RoundFailure, MemoryThatRunsOutGivesEveryClientBack) {
  persist("faulty", "!");
  interpreter_->throws_ = Throws::kMemory;
  for (int i = 0; i < 3; ++i) {
    const auto failed = log_->checkpoint();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::kExhausted);
    EXPECT_EQ(log_->stats().checkpoint_error.value().code, Errc::kExhausted);
    // Changed while it waits for the next round.
    persist(name(i), "b");
    persist(name(i + 3), "b");
  }
  for (int i = 6; i < kClients; ++i) persist(name(i), "b");
  interpreter_->throws_ = Throws::kNothing;
  expect_all("ab");
  EXPECT_EQ(log_->retrieve("faulty").value(), "!");
}

/// Each of a round's calls fails once, by an error that leaves nothing behind and by exceptions.
TEST_F(RoundFailure, EveryCallMayFail) {
  std::string expected = "a";
  for (const RoundCall call :
       {RoundCall::kPut, RoundCall::kPublish, RoundCall::kRemove, RoundCall::kGet}) {
    for (const int how : {0, 1, 2}) {
      // What a publication that throws has done nobody knows: see below.
      if (call == RoundCall::kPublish && how != 0) continue;
      for (const std::uint64_t nth : {1U, 2U, 3U}) {
        // Larger than an object, so that some are written before a later one fails.
        for (int i = 0; i < kClients; ++i) persist(name(i), std::string(300'000, 'x'));
        expected.append(300'000, 'x');
        std::uint64_t calls = 0;
        hooks_.before = [&, call, how, nth](RoundCall made) -> Result<void> {
          if (made != call || ++calls != nth) return {};
          if (how == 1) throw std::bad_alloc();
          if (how == 2) throw std::runtime_error("a storage of the user's");
          return std::unexpected(Error{.code = Errc::kNoSpace, .message = "full"});
        };
        const std::size_t before = objects_on_disk();
        const auto result = log_->checkpoint();
        if (calls >= nth && call == RoundCall::kPut) {
          // Without space a round is tried again at once, with less to write.
          EXPECT_EQ(result.has_value(), how == 0);
        }
        hooks_.before = [](RoundCall) { return Result<void>{}; };
        if (!result) {
          EXPECT_EQ(objects_on_disk(), before) << "none left over";
        }
        ASSERT_FALSE(testing::Test::HasFailure()) << static_cast<int>(call) << how << nth;
      }
    }
    expect_all(expected);
  }
}

TEST_F(RoundFailure, APublicationOfUnknownOutcomePoisonsAndKeepsTheObjects) {
  for (const bool throws : {false, true}) {
    hooks_.before = [&](RoundCall made) -> Result<void> {
      if (made != RoundCall::kPublish) return {};
      if (throws) throw std::bad_alloc();
      hooks_.poisoned = Error{.code = Errc::kIo, .message = "no answer"};
      return std::unexpected(*hooks_.poisoned);
    };
    const std::size_t before = objects_on_disk();
    ASSERT_FALSE(log_->checkpoint());
    EXPECT_EQ(objects_on_disk(), before + 1) << "a manifest may name it";
    const Operation operation{Operation::Kind::kApply, "x", BatchId(++last_id_), "", "x", false};
    EXPECT_FALSE(log_->commit({&operation, 1}, nullptr));
    hooks_.before = [](RoundCall) { return Result<void>{}; };
    hooks_.poisoned.reset();
    reopen();
    EXPECT_EQ(objects_on_disk(), before) << "removed at open";
  }
  expect_all("a");
}

// Seen to bring the client back when the objects of such a round stayed in the table: they counted
// for clients whose entries they did not hold, and the tombstone went too early.
TEST_F(RoundFailure, APublicationThatDidNothingCountsForNobody) {
  ASSERT_TRUE(log_->checkpoint());
  persist("c", "1");
  const BatchId first(last_id_);
  ASSERT_TRUE(log_->checkpoint());
  persist("c", "2");
  hooks_.before = [](RoundCall made) -> Result<void> {
    if (made != RoundCall::kPublish) return {};
    return std::unexpected(Error{.code = Errc::kIo, .message = "not allowed"});
  };
  ASSERT_FALSE(log_->checkpoint());
  hooks_.before = [](RoundCall) { return Result<void>{}; };
  for (int i = 0; i < 20; ++i) persist("other-" + std::to_string(i), "x");
  ASSERT_TRUE(log_->checkpoint());
  const Operation clear{Operation::Kind::kClear, "c", {}, "", {}, false};
  ASSERT_TRUE(log_->commit({&clear, 1}, nullptr));
  ASSERT_TRUE(log_->checkpoint());
  for (int i = 0; i < 2; ++i) {
    persist("z", "x");
    ASSERT_TRUE(log_->checkpoint());
  }
  reopen();
  EXPECT_EQ(log_->retrieve("c").value_or("unreadable"), std::nullopt);
  EXPECT_FALSE(log_->seen("c", first, "").value());
}

// Seen to fail with the question after chores taken out of the engine.
TEST_F(RoundFailure, WhatAChoreFindsReachesTheCallbackAndTheNextCall) {
  std::optional<Error> told;
  log_->on_durable([&](Lsn, const Error* poisoned) {
    if (poisoned != nullptr) told = *poisoned;
  });
  hooks_.poisoned = Error{.code = Errc::kIo, .message = "the mark was not flushed"};
  persist("x", "x");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->code, Errc::kPoisoned);
  const Operation operation{Operation::Kind::kApply, "x", BatchId(++last_id_), "", "x", false};
  EXPECT_EQ(log_->commit({&operation, 1}, nullptr).error().code, Errc::kPoisoned);
  hooks_.poisoned.reset();
  reopen();
  EXPECT_EQ(log_->retrieve("x").value(), "x") << "what was acknowledged is there";
}

TEST_F(RoundFailure, NumbersAreTakenOnlyForObjectsThatAreWritten) {
  ASSERT_TRUE(log_->checkpoint());
  const auto newest = [&] {
    const auto objects = storage_->read({"/base", "log"}).value()->list().value();
    return std::ranges::max(objects).first;
  };
  const std::string first = newest();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log_->checkpoint());
  persist("a", "b");
  ASSERT_TRUE(log_->checkpoint());
  EXPECT_EQ(first, "checkpoint-00000000000000000001");
  EXPECT_EQ(newest(), "checkpoint-00000000000000000002");
}

}  // namespace
}  // namespace seawall::crash
