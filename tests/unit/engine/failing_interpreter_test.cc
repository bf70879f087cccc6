// An interpreter that fails at its n-th call, by error or by exception, with its state half
// changed: no state that is retrieved, checkpointed or found after reopening is ever wrong.
//
// Shown to fail when a state is kept after a merge that failed.

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
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/memory_storage.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall {
namespace {

enum class Failure : std::uint8_t { kError, kException, kBadAlloc, kNoException };

/// Fails at the call of the interpreter's code that makes `left` 0.
struct Fuse {
  std::size_t left = 0;
  Failure failure = Failure::kError;

  /// Returns the error, throws, or nothing.
  std::optional<Error> burn() {
    if (left == 0 || --left > 0) return std::nullopt;
    switch (failure) {
      case Failure::kError:
        break;
      case Failure::kException:
        throw std::runtime_error("the fuse");
      case Failure::kBadAlloc:
        throw std::bad_alloc();
      case Failure::kNoException:
        throw 1;  // NOLINT(hicpp-exception-baseclass): a user may
    }
    return Error{.code = Errc::kInterpreter, .message = "the fuse"};
  }
};

class FailingState final : public LiveState {
 public:
  FailingState(std::shared_ptr<Fuse> fuse, std::string text)
      : fuse_(std::move(fuse)), text_(std::move(text)) {}

  Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    text_ += delta.substr(0, delta.size() / 2);
    if (auto error = fuse_->burn()) return std::unexpected(*error);
    text_ += delta.substr(delta.size() / 2);
    if (auto error = fuse_->burn()) return std::unexpected(*error);
    return {};
  }
  Result<std::string> serialize() const override {
    if (auto error = fuse_->burn()) return std::unexpected(*error);
    return text_;
  }
  std::size_t memory_bytes() const override {
    static_cast<void>(fuse_->burn());
    return text_.size();
  }

 private:
  std::shared_ptr<Fuse> fuse_;
  std::string text_;
};

class FailingInterpreter final : public StateInterpreterInterface {
 public:
  explicit FailingInterpreter(std::shared_ptr<Fuse> fuse) : fuse_(std::move(fuse)) {}
  std::string_view id() const override { return "failing"; }
  std::uint32_t version() const override { return 1; }
  Result<std::string> format(std::string_view data) const override { return std::string(data); }
  Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                           std::uint32_t /*version*/) const override {
    if (auto error = fuse_->burn()) return std::unexpected(*error);
    return std::make_unique<FailingState>(fuse_, std::string(state));
  }

 private:
  std::shared_ptr<Fuse> fuse_;
};

class FailingInterpreterTest : public testing::TestWithParam<Failure> {
 protected:
  void open() {
    log_.reset();
    auto opened = WriteAheadLog::open(interpreter_, storage_, "service", "", {});
    ASSERT_TRUE(opened) << to_string(opened.error());
    log_ = std::move(*opened);
  }

  void persist(std::vector<std::string> deltas) {
    std::vector<Operation> operations;
    for (const std::string& delta : deltas) {
      Operation& operation = operations.emplace_back();
      operation.client = "c";
      operation.id = ++last_id_;
      operation.data = delta;
      expected_ += delta;
    }
    ASSERT_TRUE(log_->batch(operations));
  }

  /// Retrieves: the whole state, or an error once.
  void look() {
    auto state = log_->retrieve("c");
    if (!state) {
      ++errors_;
      const Errc wanted = GetParam() == Failure::kBadAlloc ? Errc::kExhausted : Errc::kInterpreter;
      ASSERT_EQ(state.error().code, wanted) << to_string(state.error());
      state = log_->retrieve("c");
    }
    ASSERT_TRUE(state) << to_string(state.error());
    ASSERT_EQ(**state, expected_);
  }

  /// One life with a failure at the interpreter's `call`-th call.
  void run(std::size_t call) {
    storage_ = std::make_shared<MemoryStorage>();
    expected_.clear();
    last_id_ = 0;
    fuse_->failure = GetParam();
    fuse_->left = call;
    open();
    persist({"one "});
    look();
    persist({"two ", "three ", "four "});
    persist({"five "});
    look();
    ASSERT_TRUE(log_->checkpoint());
    look();
    persist({"six ", "seven "});
    ASSERT_TRUE(log_->checkpoint());
    look();
    open();
    look();
  }

  const std::shared_ptr<Fuse> fuse_ = std::make_shared<Fuse>();
  const std::shared_ptr<FailingInterpreter> interpreter_ =
      std::make_shared<FailingInterpreter>(fuse_);
  std::shared_ptr<MemoryStorage> storage_;
  std::unique_ptr<WriteAheadLog> log_;
  std::string expected_;
  std::uint64_t last_id_ = 0;
  std::size_t errors_ = 0;
};

TEST_P(FailingInterpreterTest, NoStateIsEverWrong) {
  std::size_t call = 1;
  do {
    run(call);
    if (HasFatalFailure()) FAIL() << "with a failure at call " << call;
    ++call;
  } while (fuse_->left == 0);
  EXPECT_GT(call, 20U);
  EXPECT_GT(errors_, 10U);
}

INSTANTIATE_TEST_SUITE_P(Failures, FailingInterpreterTest,
                         testing::Values(Failure::kError, Failure::kException, Failure::kBadAlloc,
                                         Failure::kNoException));

}  // namespace
}  // namespace seawall
