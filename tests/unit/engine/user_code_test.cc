// What a user's code may call on the log that calls it: the table, and each pair of code and call
// on a log. A pair that deadlocks never ends.

#include "engine/user_code.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/memory_storage.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::engine {
namespace {

/// Where the user's code is when it calls.
enum class Inside : std::uint8_t {
  kFormat,
  kParse,
  kMerge,
  kSerialize,
  kMemoryBytes,
  kDestructor,
  kCallback
};
constexpr Inside kInsides[] = {Inside::kFormat,    Inside::kParse,       Inside::kMerge,
                               Inside::kSerialize, Inside::kMemoryBytes, Inside::kDestructor,
                               Inside::kCallback};

/// Calls back once, from one place.
class CallingBack final : public StateInterpreterInterface {
 public:
  using Hook = std::function<void()>;

  void set(Inside inside, Hook hook) {
    inside_ = inside;
    hook_ = std::move(hook);
    armed_ = true;
  }
  void reach(Inside inside) const {
    if (inside == inside_ && armed_.exchange(false)) hook_();
  }
  /// Returns whether it called.
  [[nodiscard]] bool called() const { return !armed_; }

  [[nodiscard]] std::string_view id() const override { return "calling-back"; }
  [[nodiscard]] std::uint32_t version() const override { return version_; }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    reach(Inside::kFormat);
    return std::string(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t) const override {
    reach(Inside::kParse);
    return std::make_unique<State>(*this, std::string(state));
  }

  std::atomic<std::uint32_t> version_ = 1;

 private:
  class State final : public LiveState {
   public:
    State(const CallingBack& calls, std::string state) : calls_(calls), state_(std::move(state)) {}
    ~State() override { calls_.reach(Inside::kDestructor); }
    [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t) override {
      calls_.reach(Inside::kMerge);
      state_ += delta;
      return {};
    }
    [[nodiscard]] Result<std::string> serialize() const override {
      calls_.reach(Inside::kSerialize);
      return state_;
    }
    [[nodiscard]] std::size_t memory_bytes() const override {
      calls_.reach(Inside::kMemoryBytes);
      return state_.size();
    }

   private:
    const CallingBack& calls_;
    std::string state_;
  };

  Inside inside_ = Inside::kFormat;
  Hook hook_;
  mutable std::atomic<bool> armed_ = false;
};

/// A call on the log and what it ended with.
struct Call {
  const char* name;
  LogCall kind;
  std::function<std::optional<Error>(WriteAheadLog&)> make;
};

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

std::vector<Call> calls() {
  static const std::vector<Operation> operations = {
      {Operation::Kind::kApply, "x", 900, "", "x;", false},
      {Operation::Kind::kApply, "y", 900, "", "y;", false}};
  static const std::vector<std::span<const Operation>> transactions = {operations};
  return {
      {"persist", LogCall::kWait,
       [](WriteAheadLog& log) { return error_of(log.persist("x", "1;", 901)); }},
      {"batch", LogCall::kWait, [](WriteAheadLog& log) { return error_of(log.batch(operations)); }},
      {"clear", LogCall::kWait, [](WriteAheadLog& log) { return error_of(log.clear("z")); }},
      {"wait", LogCall::kWait,
       [](WriteAheadLog& log) {
         const auto ticket = log.submit("x", "2;", 902);
         return ticket ? error_of(log.wait(ticket->lsn)) : std::optional(ticket.error());
       }},
      {"submit", LogCall::kSubmit,
       [](WriteAheadLog& log) { return error_of(log.submit("x", "3;", 903)); }},
      {"submit_many", LogCall::kSubmit,
       [](WriteAheadLog& log) { return log.submit_many(transactions).refusal; }},
      {"retrieve, its own client", LogCall::kRetrieve,
       [](WriteAheadLog& log) { return error_of(log.retrieve("a")); }},
      {"retrieve, another client", LogCall::kRetrieve,
       [](WriteAheadLog& log) { return error_of(log.retrieve("b")); }},
      {"seen", LogCall::kLook, [](WriteAheadLog& log) { return error_of(log.seen("a", 1)); }},
      {"clients and stats", LogCall::kLook,
       [](WriteAheadLog& log) -> std::optional<Error> {
         static_cast<void>(log.clients());
         static_cast<void>(log.stats());
         return std::nullopt;
       }},
      {"on_durable", LogCall::kLook,
       [](WriteAheadLog& log) -> std::optional<Error> {
         log.on_durable([](Lsn, const Error*) {});
         return std::nullopt;
       }},
      {"checkpoint", LogCall::kCheckpoint,
       [](WriteAheadLog& log) { return error_of(log.checkpoint()); }},
      {"close", LogCall::kClose, [](WriteAheadLog& log) { return error_of(log.close()); }},
  };
}

/// A log whose interpreter makes `call` once when it is `inside`.
class Pair {
 public:
  Pair(Inside inside, const Call& call) : inside_(inside), call_(call) {
    auto opened = WriteAheadLog::open(interpreter_, std::make_shared<MemoryStorage>(), "log", "");
    EXPECT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
    EXPECT_TRUE(log_->persist("a", "a1;", 1));
    EXPECT_TRUE(log_->persist("b", "b1;", 1));
    if (inside == Inside::kDestructor) {
      EXPECT_TRUE(log_->retrieve("a"));
    }
  }

  /// Has the interpreter called; in a round on the background thread's behalf when `in_round`.
  std::optional<Error> run(bool in_round) {
    std::promise<std::optional<Error>> answer;
    const auto hook = [&] { answer.set_value(call_.make(*log_)); };
    if (inside_ == Inside::kCallback) {
      std::atomic<bool> first = true;
      log_->on_durable([&](Lsn, const Error*) {
        if (first.exchange(false)) hook();
      });
      EXPECT_TRUE(log_->persist("a", "a2;", 2));
      const std::optional<Error> error = answer.get_future().get();
      static_cast<void>(log_->close().has_value());
      return error;
    }

    interpreter_->set(inside_, hook);
    static_cast<void>(log_->persist("a", "a2;", 2).has_value());
    if (inside_ == Inside::kDestructor) static_cast<void>(log_->clear("a").has_value());
    if (in_round) {
      static_cast<void>(log_->checkpoint().has_value());
    } else {
      static_cast<void>(log_->retrieve("a").has_value());
      static_cast<void>(log_->retrieve("b").has_value());
    }
    if (!interpreter_->called()) static_cast<void>(log_->checkpoint().has_value());
    // What was left behind is destroyed at the next merge.
    if (!interpreter_->called()) {
      static_cast<void>(log_->persist("b", "b2;", 2).has_value());
      static_cast<void>(log_->retrieve("b").has_value());
    }
    EXPECT_TRUE(interpreter_->called()) << call_.name << static_cast<int>(inside_) << in_round;
    if (!interpreter_->called()) return std::nullopt;
    return answer.get_future().get();
  }

 private:
  Inside inside_;
  const Call& call_;
  std::shared_ptr<CallingBack> interpreter_ = std::make_shared<CallingBack>();
  std::unique_ptr<WriteAheadLog> log_;
};

bool allowed(Inside inside, LogCall call) {
  if (inside == Inside::kFormat) return true;
  return may_call(inside == Inside::kCallback ? UserCodeKind::kCallback : UserCodeKind::kMerge,
                  call);
}

TEST(UserCodeTest, EveryInput) {
  for (const LogCall call : {LogCall::kLook, LogCall::kSubmit, LogCall::kWait, LogCall::kRetrieve,
                             LogCall::kCheckpoint, LogCall::kClose}) {
    const bool harmless = call == LogCall::kLook || call == LogCall::kSubmit;
    const bool reads = call == LogCall::kRetrieve || call == LogCall::kCheckpoint;
    EXPECT_EQ(may_call(UserCodeKind::kMerge, call), harmless);
    EXPECT_EQ(may_call(UserCodeKind::kCallback, call), harmless || reads);
  }
}

TEST(UserCodeTest, EachPairOfCodeAndCallEnds) {
  for (const bool in_round : {false, true}) {
    for (const Inside inside : kInsides) {
      for (const Call& call : calls()) {
        const std::optional<Error> error = Pair(inside, call).run(in_round);
        const std::string pair = std::string(call.name) + " inside " +
                                 std::to_string(static_cast<int>(inside)) +
                                 (in_round ? ", in a round" : "");
        if (allowed(inside, call.kind)) {
          EXPECT_FALSE(error) << pair << ": " << to_string(*error);
        } else {
          ASSERT_TRUE(error) << pair;
          EXPECT_EQ(error->code, Errc::kInvalidArgument) << pair << ": " << to_string(*error);
        }
      }
    }
  }
}

TEST(UserCodeTest, ScopesOfSeveralLogsNest) {
  const int first = 0;
  const int second = 0;
  EXPECT_FALSE(UserCode::runs_for(&first));
  {
    const UserCode outer(&first, UserCodeKind::kCallback);
    const UserCode inner(&second, UserCodeKind::kMerge);
    EXPECT_TRUE(UserCode::runs_for(&first));
    EXPECT_FALSE(UserCode::admit(&first, LogCall::kWait));
    EXPECT_TRUE(UserCode::admit(&first, LogCall::kRetrieve));
    EXPECT_FALSE(UserCode::admit(&second, LogCall::kRetrieve));
    std::thread([&] { EXPECT_TRUE(UserCode::admit(&first, LogCall::kWait)); }).join();
  }
  EXPECT_TRUE(UserCode::admit(&first, LogCall::kWait));
}

TEST(UserCodeTest, ACallbackRunsOnTheCommitThreadAndMayHoldWhatItsCallerHolds) {
  auto opened = WriteAheadLog::open(std::make_shared<CallingBack>(),
                                    std::make_shared<MemoryStorage>(), "log", "");
  ASSERT_TRUE(opened);
  WriteAheadLog& log = **opened;
  std::mutex mutex;
  std::promise<std::thread::id> thread;
  std::atomic<bool> first = true;
  log.on_durable([&](Lsn, const Error*) {
    const std::scoped_lock lock(mutex);
    if (first.exchange(false)) thread.set_value(std::this_thread::get_id());
  });
  {
    const std::scoped_lock lock(mutex);
    ASSERT_TRUE(log.persist("a", "a1;", 1));
  }
  EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
  ASSERT_TRUE(log.close());
}

TEST(UserCodeTest, ACallbackThatThrowsIsToldAndHarmsNothing) {
  auto opened = WriteAheadLog::open(std::make_shared<CallingBack>(),
                                    std::make_shared<MemoryStorage>(), "log", "");
  ASSERT_TRUE(opened);
  WriteAheadLog& log = **opened;
  log.on_durable([&](Lsn, const Error*) { throw std::runtime_error("no such queue"); });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.persist("a", "a;", i));
  ASSERT_TRUE(log.close());
  const auto error = log.stats().callback_error;
  ASSERT_TRUE(error);
  EXPECT_NE(error->message.find("no such queue"), std::string::npos) << error->message;
}

TEST(UserCodeTest, AVersionOf0IsRefusedAndOneThatChangesIsAnError) {
  const auto storage = std::make_shared<MemoryStorage>();
  const auto interpreter = std::make_shared<CallingBack>();
  interpreter->version_ = 0;
  EXPECT_EQ(WriteAheadLog::open(interpreter, storage, "log", "").error().code,
            Errc::kInvalidArgument);
  interpreter->version_ = 3;
  auto opened = WriteAheadLog::open(interpreter, storage, "log", "");
  ASSERT_TRUE(opened);
  WriteAheadLog& log = **opened;
  ASSERT_TRUE(log.persist("a", "a1;", 1));
  for (const std::uint32_t version : {0U, 4U}) {
    interpreter->version_ = version;
    EXPECT_EQ(log.persist("a", "a2;", 2).error().code, Errc::kInterpreter);
    EXPECT_EQ(log.retrieve("a").error().code, Errc::kInterpreter);
  }
  interpreter->version_ = 3;
  EXPECT_EQ(log.persist("a", "a2;", 2)->outcome, Outcome::kCommitted) << "nothing had changed";
  ASSERT_TRUE(log.close());
}

TEST(UserCodeTest, AClosedLogRefuses) {
  for (const Call& call : calls()) {
    const auto storage = std::make_shared<MemoryStorage>();
    auto opened = WriteAheadLog::open(std::make_shared<CallingBack>(), storage, "log", "");
    ASSERT_TRUE(opened);
    ASSERT_TRUE((*opened)->persist("a", "a1;", 1));
    ASSERT_TRUE((*opened)->close());
    // Another owner is there.
    auto next = WriteAheadLog::open(std::make_shared<CallingBack>(), storage, "log", "");
    ASSERT_TRUE(next) << to_string(next.error());
    const std::optional<Error> error = call.make(**opened);
    const std::string_view name = call.name;
    if (name == "close" || name == "on_durable" || name == "clients and stats") {
      EXPECT_FALSE(error) << name;
    } else {
      ASSERT_TRUE(error) << name;
      EXPECT_EQ(error->code, Errc::kClosed) << name;
    }
  }
}

// Lengths and indexes of this batch take over the megabyte that a group has to spare.
TEST(UserCodeTest, ABatchWhoseFramingNoGroupHoldsIsRefusedBeforeAnLsn) {
  constexpr std::size_t kOperations = 131'071;
  Options options;
  options.record_bytes_max = std::size_t{1} << 30;
  auto opened = WriteAheadLog::open(std::make_shared<CallingBack>(),
                                    std::make_shared<MemoryStorage>(), "log", "", options);
  ASSERT_TRUE(opened);
  const std::string name(kNameBytesMax, 'n');
  std::vector<Operation> operations;
  for (std::size_t i = 0; i < kOperations; ++i) {
    operations.push_back({Operation::Kind::kClear, name, BatchId(i), name, {}, false});
  }
  const auto refused = (*opened)->batch(operations);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalidArgument) << to_string(refused.error());
  EXPECT_TRUE((*opened)->persist("a", "a1;", 1)) << "the log is as it was";
}

}  // namespace
}  // namespace seawall::engine
