// The public API, on memory and on real files.

#include "seawall/write_ahead_log.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/log_reader.h"
#include "seawall/merges.h"
#include "seawall/typed_interpreter.h"

#include "unit/engine/engine_test.h"

namespace seawall {
namespace {

class WriteAheadLogTest : public EngineTest {};

INSTANTIATE_TEST_SUITE_P(Storages, WriteAheadLogTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Files" : "Memory"; });

TEST_P(WriteAheadLogTest, OriginalExample) {
  EXPECT_EQ(persist("client123", R"({"batch": 5, "value": "some data"})", "5"),
            Outcome::kCommitted);
  EXPECT_EQ(state("client123"), R"({"batch":5,"value":"some data"})");
  ASSERT_TRUE(log_->clear("client123"));
  EXPECT_EQ(state("client123"), "none");
}

TEST_P(WriteAheadLogTest, DuplicatesInAnyOrderAcrossReopen) {
  EXPECT_EQ(persist("a", R"({"x":7})", 7), Outcome::kCommitted);
  EXPECT_EQ(persist("a", R"({"x":3})", 3), Outcome::kCommitted);
  EXPECT_EQ(persist("a", R"({"x":9})", "7"), Outcome::kDuplicate);
  EXPECT_EQ(persist("a", R"({"x":9})", 7, "other"), Outcome::kCommitted);
  EXPECT_EQ(persist("a", R"({"x":8})", "07"), Outcome::kCommitted);
  reopen();
  EXPECT_EQ(state("a"), R"({"x":8})");
  for (const BatchId& id : {BatchId(7), BatchId(3), BatchId("07")}) {
    EXPECT_EQ(persist("a", "{}", id), Outcome::kDuplicate);
    EXPECT_TRUE(log_->seen("a", id).value());
  }
  EXPECT_FALSE(log_->seen("a", 4).value());
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  EXPECT_EQ(persist("a", "{}", 3), Outcome::kDuplicate);
  EXPECT_EQ(persist("a", R"({"y":1})", 4), Outcome::kCommitted);
  EXPECT_EQ(state("a"), R"({"x":8,"y":1})");
}

// Commits are at least a microsecond apart only over many of them.
TEST_P(WriteAheadLogTest, TextIdsExpireOnlyWithARetention) {
  constexpr int kOthers = 200;
  const auto persist_others = [&](std::string_view client) {
    for (int id = 0; id < kOthers; ++id) persist(client, R"({"n": 1})", id);
  };
  EXPECT_EQ(persist("c", R"({"a": 1})", "before"), Outcome::kCommitted);
  reopen({.text_ids_kept_us = 1});
  EXPECT_EQ(persist("c", R"({"a": 2})", "x"), Outcome::kCommitted);
  persist_others("d");
  EXPECT_EQ(persist("c", R"({"a": 3})", "before"), Outcome::kDuplicate) << "kept for ever";
  EXPECT_EQ(persist("c", R"({"a": 4})", "x"), Outcome::kCommitted) << "expired";
  EXPECT_EQ(persist("d", R"({"n": 2})", 7), Outcome::kDuplicate) << "integers never expire";
  reopen();
  EXPECT_EQ(state("c"), R"({"a":4})");
  EXPECT_EQ(persist("c", R"({"a": 5})", "x"), Outcome::kDuplicate) << "no retention any more";
  reopen({.text_ids_kept_us = std::uint64_t{3'600} * 1'000'000});
  persist_others("e");
  EXPECT_EQ(persist("c", R"({"a": 6})", "x"), Outcome::kDuplicate) << "within the retention";
  ASSERT_TRUE(log_->checkpoint());
  reopen({.text_ids_kept_us = 1});
  persist_others("f");
  EXPECT_FALSE(log_->seen("c", "x").value());
  EXPECT_EQ(persist("c", R"({"a": 7})", "x"), Outcome::kCommitted)
      << "expired, checkpointed or not";
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  EXPECT_EQ(state("c"), R"({"a":7})");
}

TEST_P(WriteAheadLogTest, ClearStartsANewLife) {
  persist("a", R"({"x":1})", 1);
  ASSERT_TRUE(log_->clear("a"));
  EXPECT_TRUE(log_->clients().empty());
  EXPECT_EQ(persist("a", R"({"y":2})", 1), Outcome::kCommitted);
  EXPECT_EQ(state("a"), R"({"y":2})");
  ASSERT_TRUE(log_->checkpoint());
  ASSERT_TRUE(log_->clear("a"));
  reopen();
  EXPECT_EQ(state("a"), "none");
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  EXPECT_EQ(state("a"), "none");
  EXPECT_EQ(persist("a", R"({"z":3})", 1), Outcome::kCommitted);
}

TEST_P(WriteAheadLogTest, KeyedClearDoesNotWipeTheNextLife) {
  persist("a", R"({"x":1})", 1);
  auto cleared = log_->clear("a", false, "end-1");
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->outcome, Outcome::kCommitted);
  persist("a", R"({"y":2})", 1);
  for (int round = 0; round < 3; ++round) {
    cleared = log_->clear("a", false, "end-1");
    ASSERT_TRUE(cleared);
    EXPECT_EQ(cleared->outcome, Outcome::kDuplicate);
    EXPECT_EQ(state("a"), R"({"y":2})");
    ASSERT_TRUE(log_->checkpoint());
    reopen();
  }
  ASSERT_TRUE(log_->clear("a", false, "end-2"));
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  persist("a", R"({"z":3})", 1);
  EXPECT_EQ(log_->clear("a", false, "end-1")->outcome, Outcome::kDuplicate);
  EXPECT_EQ(state("a"), R"({"z":3})");
}

// The clear that ended a life with its ids kept comes again when the client has been let in anew.
TEST_P(WriteAheadLogTest, RedeliveredEndDoesNotEndALaterLife) {
  persist("a", R"({"x":1})", 1);
  EXPECT_EQ(log_->clear("a", true, "end-1")->outcome, Outcome::kCommitted);
  ASSERT_TRUE(log_->clear("a"));
  EXPECT_EQ(persist("a", R"({"y":2})", 1), Outcome::kCommitted);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(log_->clear("a", true, "end-1")->outcome, Outcome::kDuplicate);
    EXPECT_EQ(*log_->seen("a", "end-1"), true);
    EXPECT_EQ(state("a"), R"({"y":2})");
    if (round == 1) {
      ASSERT_TRUE(log_->checkpoint());
    }
    reopen();
  }
  // A clear of any kind, and however often the client begins anew.
  ASSERT_TRUE(log_->clear("a", true, 7));
  ASSERT_TRUE(log_->clear("a", false, 8));
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  persist("a", R"({"z":3})", 1);
  EXPECT_EQ(log_->clear("a", false, 7)->outcome, Outcome::kDuplicate);
  EXPECT_EQ(log_->clear("a", true, 8)->outcome, Outcome::kDuplicate);
  EXPECT_EQ(log_->clear("a", false, "end-1")->outcome, Outcome::kDuplicate);
  EXPECT_EQ(state("a"), R"({"z":3})");
}

TEST_P(WriteAheadLogTest, EndedClientsAnswerCleared) {
  persist("a", R"({"x":1})", 1);
  ASSERT_TRUE(log_->clear("a", true));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(persist("a", "{}", 1), Outcome::kCleared);
    EXPECT_EQ(persist("a", "{}", 2), Outcome::kCleared);
    EXPECT_EQ(state("a"), "none");
    EXPECT_TRUE(log_->clients().empty());
    ASSERT_TRUE(log_->checkpoint());
    reopen();
  }
  ASSERT_TRUE(log_->clear("a"));
  ASSERT_TRUE(log_->checkpoint());
  reopen();
  EXPECT_EQ(persist("a", R"({"x":2})", 1), Outcome::kCommitted);
}

TEST_P(WriteAheadLogTest, BatchIsAllOrNothingAndDropsDuplicates) {
  persist("a", R"({"x":1})", 1);
  const std::vector<Operation> operations = {
      {Operation::Kind::kApply, "a", 1, "", R"({"x":9})", false},
      {Operation::Kind::kApply, "b", 1, "", R"({"y":1})", false},
      {Operation::Kind::kClear, "a", {}, "", "", false},
      {Operation::Kind::kApply, "a", 2, "", R"({"z":1})", false},
      {Operation::Kind::kApply, "a", 3, "", R"({"w":1})", false}};
  const auto receipt = log_->batch(operations);
  ASSERT_TRUE(receipt) << to_string(receipt.error());
  EXPECT_EQ(receipt->outcomes,
            (std::vector<Outcome>{Outcome::kDuplicate, Outcome::kCommitted, Outcome::kCommitted,
                                  Outcome::kCommitted, Outcome::kCommitted}));
  EXPECT_EQ(state("a"), R"({"z":1,"w":1})");
  EXPECT_EQ(state("b"), R"({"y":1})");
  reopen();
  EXPECT_EQ(state("a"), R"({"z":1,"w":1})");
  const std::vector<Operation> twice = {operations[1], operations[1]};
  EXPECT_EQ(log_->batch(twice).error().code, Errc::kInvalidArgument);
  const std::vector<Operation> bad = {{Operation::Kind::kApply, "c", 1, "", "{}", false},
                                      {Operation::Kind::kApply, "d", 1, "", "not json", false}};
  EXPECT_EQ(log_->batch(bad).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(state("c"), "none");
}

TEST_P(WriteAheadLogTest, RefusesBadInput) {
  const std::string long_name(kNameBytesMax + 1, 'x');
  const auto code = [](const Result<Receipt>& receipt) { return receipt.error().code; };
  EXPECT_EQ(code(log_->persist("", "{}", 1)), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist(long_name, "{}", 1)), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist("a", "{}", 1, long_name)), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist("a", "{}", -1)), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist("a", "{}", BatchId())), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist("a", "{}", "")), Errc::kInvalidArgument);
  EXPECT_EQ(code(log_->persist("a", "[1]", 1)), Errc::kInvalidArgument);
  EXPECT_EQ(log_->wait(Lsn{99}).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(log_->durable_lsn(), Lsn{});
  EXPECT_EQ(persist(std::string(kNameBytesMax, 'x'), "{}", 1), Outcome::kCommitted);
  const Options small{.record_bytes_max = 100};
  reopen(small);
  EXPECT_EQ(code(log_->persist("a", R"({"x":")" + std::string(200, 'x') + "\"}", 1)),
            Errc::kInvalidArgument);
  EXPECT_EQ(persist("a", "{}", 1), Outcome::kCommitted);
}

TEST_P(WriteAheadLogTest, ManyThreadsCommitExactlyOnce) {
  constexpr int kThreads = 8;
  constexpr int kRecords = 200;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kRecords; ++i) {
        // Two threads send every record; one of them must find it a duplicate.
        const std::string client = "c" + std::to_string(i % 7);
        const std::string data = "{\"k" + std::to_string(i) + "\":1}";
        const auto receipt = log_->persist(client, data, i, "p" + std::to_string(thread / 2));
        ASSERT_TRUE(receipt) << to_string(receipt.error());
        ASSERT_LE(receipt->lsn, log_->durable_lsn());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(log_->durable_lsn(), Lsn{kThreads / 2 * kRecords});
  reopen();
  EXPECT_EQ(log_->stats().recovered_records, std::uint64_t{kThreads / 2 * kRecords});
  EXPECT_EQ(log_->clients().size(), 7U);
}

TEST_P(WriteAheadLogTest, AsynchronousRoundsAndReader) {
  Options options;
  options.log_bytes_max = 256 << 10;
  reopen(options);
  Ticket last;
  constexpr int kRecords = 20'000;
  for (int i = 0; i < kRecords; ++i) {
    const std::string client = "client-" + std::to_string(i % 500);
    const std::string data = "{\"n\":" + std::to_string(i) + R"(,"pad":"0123456789012345678901"})";
    auto ticket = log_->submit(client, data, i);
    while (!ticket && ticket.error().code == Errc::kBusy) {
      ASSERT_TRUE(log_->wait(last));
      ticket = log_->submit(client, data, i);
    }
    ASSERT_TRUE(ticket) << to_string(ticket.error());
    last = *ticket;
  }
  ASSERT_TRUE(log_->wait(last));
  ASSERT_TRUE(log_->checkpoint());
  EXPECT_GT(log_->stats().checkpoint_rounds, 1U);
  const auto reader = LogReader::open(interpreter_, storage_, "service", base_dir_);
  ASSERT_TRUE(reader) << to_string(reader.error());
  EXPECT_EQ((*reader)->clients().size(), 500U);
  reopen(options);
  for (int client = 0; client < 500; ++client) {
    const std::string name = "client-" + std::to_string(client);
    const std::string expected =
        "{\"n\":" + std::to_string(kRecords - 500 + client) + R"(,"pad":"0123456789012345678901"})";
    ASSERT_EQ(state(name), expected);
    ASSERT_EQ((*reader)->retrieve(name).value(), expected);
  }
  const auto verified = LogReader::verify(storage_, "service", base_dir_);
  ASSERT_TRUE(verified) << to_string(verified.error());
  EXPECT_TRUE(verified->damage.empty());
}

TEST_P(WriteAheadLogTest, ASecondOpenerIsLocked) {
  const auto second = WriteAheadLog::open(interpreter_, storage_, "service", base_dir_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kLocked);
}

TEST_P(WriteAheadLogTest, AMergeKeepsItsSchema) {
  const auto made = merges::make_interpreter(merges::map_of(merges::sum()));
  ASSERT_TRUE(made);
  const auto other = merges::make_interpreter(merges::map_of(merges::max()));
  ASSERT_TRUE(other);
  const auto open = [&](const auto& interpreter) {
    return WriteAheadLog::open(interpreter, storage_, "merges", base_dir_);
  };
  {
    const auto log = open(*made);
    ASSERT_TRUE(log);
    EXPECT_TRUE((*log)->persist("c", R"({"a":1,"b":0.1})", 1));
    EXPECT_TRUE((*log)->persist("c", R"({"b":0.2})", 2));
    EXPECT_EQ((*log)->persist("c", R"({"b":"x"})", 3).error().code, Errc::kInvalidArgument);
    ASSERT_TRUE((*log)->checkpoint());
    EXPECT_TRUE((*log)->persist("c", R"({"a":1})", 3));
    ASSERT_TRUE((*log)->close());
  }
  EXPECT_EQ(open(*other).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(open(interpreter_).error().code, Errc::kInvalidArgument);
  const auto log = open(*made);
  ASSERT_TRUE(log);
  EXPECT_EQ((*log)->retrieve("c").value().value(), R"({"a":2,"b":0.3})");
}

class NamedInterpreter final : public TypedInterpreter<std::string> {
 public:
  explicit NamedInterpreter(std::size_t id_bytes) : id_(id_bytes, 'i') {}
  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    state = delta;
    return {};
  }
  [[nodiscard]] std::string write(const std::string& state) const override { return state; }
  [[nodiscard]] Result<std::string> read(std::string_view bytes) const override {
    return std::string(bytes);
  }

 private:
  std::string id_;
};

// An id that a manifest cannot give back would make a log that cannot be opened again.
TEST_P(WriteAheadLogTest, AnInterpretersIdHasItsLimits) {
  constexpr std::size_t kLongest = 4096;
  const auto open = [&](std::size_t id_bytes) {
    return WriteAheadLog::open(std::make_shared<NamedInterpreter>(id_bytes), storage_, "named",
                               base_dir_);
  };
  EXPECT_EQ(open(0).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(open(kLongest + 1).error().code, Errc::kInvalidArgument);
  for (int i = 0; i < 2; ++i) {
    const auto log = open(kLongest);
    ASSERT_TRUE(log) << to_string(log.error());
    ASSERT_TRUE((*log)->close());
  }
}

}  // namespace
}  // namespace seawall
