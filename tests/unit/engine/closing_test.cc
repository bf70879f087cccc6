// A log that is closed while other threads are in its calls.

#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>

#include "seawall/error.h"
#include "seawall/memory_storage.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall {
namespace {

/// A state that counts its deltas, each merge of which a test may hold back.
class HeldInterpreter final : public StateInterpreterInterface {
 public:
  [[nodiscard]] std::string_view id() const override { return "held"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    return std::string(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override {
    return std::make_unique<State>(*this, version == 0 ? std::string() : std::string(state));
  }

  std::atomic<bool> holds = false;
  mutable std::atomic<bool> is_held = false;

 private:
  class State final : public LiveState {
   public:
    State(const HeldInterpreter& interpreter, std::string state)
        : interpreter_(interpreter), state_(std::move(state)) {}
    [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
      interpreter_.is_held = interpreter_.holds.load();
      while (interpreter_.holds) std::this_thread::yield();
      pthread_testcancel();
      state_ += delta;
      return {};
    }
    [[nodiscard]] Result<std::string> serialize() const override { return state_; }
    [[nodiscard]] std::size_t memory_bytes() const override { return state_.size(); }

   private:
    const HeldInterpreter& interpreter_;
    std::string state_;
  };
};

class Closing : public testing::Test {
 protected:
  void open(const Options& options = {}) {
    auto opened = WriteAheadLog::open(interpreter_, storage_, "log", "/base", options);
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
  }

  std::shared_ptr<HeldInterpreter> interpreter_ = std::make_shared<HeldInterpreter>();
  std::shared_ptr<StorageInterface> storage_ =
      storage::make_file_storage(std::make_shared<storage::SimulatedFileSystem>(1));
  std::unique_ptr<WriteAheadLog> log_;
};

// A program like this crashed within a few tries while `close` destroyed the background thread's
// object; it needs a log that is still over its bound when it is closed.
TEST_F(Closing, CallsOfALogThatIsLongerThanItsBoundAreRefused) {
  storage_ = std::make_shared<MemoryStorage>();
  for (int round = 0; round < 50; ++round) {
    open({.log_bytes_max = 1});
    for (const char* client : {"a", "b", "c"}) {
      ASSERT_TRUE(log_->submit(client, "x", BatchId(round)));
    }
    ASSERT_TRUE(log_->close());
    EXPECT_EQ(log_->persist("c", "x", BatchId(1000 + round)).error().code, Errc::kClosed);
    EXPECT_EQ(log_->submit("c", "x", BatchId(1000 + round)).error().code, Errc::kClosed);
  }
}

// Seen to fail when the round took the volume that `close` had closed for one that failed.
TEST_F(Closing, WaitsForACheckpointAndPoisonsNothing) {
  open();
  // First, so that no round of the background thread merges the record before it is held.
  interpreter_->holds = true;
  ASSERT_TRUE(log_->persist("c", "x", BatchId(1)));
  std::atomic<bool> is_poisoned = false;
  log_->on_durable([&](Lsn, const Error* poisoned) { is_poisoned = poisoned != nullptr; });
  std::thread checkpoint([&] { static_cast<void>(log_->checkpoint().has_value()); });
  while (!interpreter_->is_held) std::this_thread::yield();
  std::thread close([&] { EXPECT_TRUE(log_->close()); });
  while (log_->retrieve("nobody")) std::this_thread::yield();
  // Time for a `close` that does not wait to reach the volume.
  constexpr int kYields = 500;
  for (int i = 0; i < kYields; ++i) std::this_thread::yield();
  interpreter_->holds = false;
  checkpoint.join();
  close.join();
  EXPECT_FALSE(is_poisoned);
  EXPECT_EQ(log_->persist("c", "x", BatchId(2)).error().code, Errc::kClosed);
}

// Seen to leave the merge and the round half way when calls could be cancelled.
TEST_F(Closing, ACancelledThreadEndsItsCallFirst) {
  open();
  interpreter_->holds = true;
  ASSERT_TRUE(log_->persist("c", "x", BatchId(1)));
  std::atomic<bool> returned = false;
  std::thread caller([&] {
    EXPECT_TRUE(log_->checkpoint());
    returned = true;
    pthread_testcancel();
    ADD_FAILURE() << "the thread was to be cancelled here";
  });
  while (!interpreter_->is_held) std::this_thread::yield();
  ASSERT_EQ(pthread_cancel(caller.native_handle()), 0);
  interpreter_->holds = false;
  caller.join();
  EXPECT_TRUE(returned);
  EXPECT_EQ(log_->retrieve("c").value(), "x");
  EXPECT_TRUE(log_->persist("c", "y", BatchId(2)));
}

}  // namespace
}  // namespace seawall
