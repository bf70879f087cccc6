#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "alloc/fault.h"

namespace seawall::alloc {

/// Which of the user's code throws.
enum class UserMethod : std::uint8_t {
  kFormat,
  kParse,
  kMerge,
  kSerialize,
  kMemoryBytes,
  kVersion
};
inline constexpr UserMethod kUserMethods[] = {UserMethod::kFormat,      UserMethod::kParse,
                                              UserMethod::kMerge,       UserMethod::kSerialize,
                                              UserMethod::kMemoryBytes, UserMethod::kVersion};

/// Throws at the n-th call of one method, of all interpreters.
class ThrowingFault final : public Fault {
 public:
  explicit ThrowingFault(UserMethod method) : method_(method) {}
  void begin(std::uint64_t nth) override {
    failed_ = false;
    left_ = static_cast<std::int64_t>(nth);
  }
  bool end() override {
    left_ = 0;
    return failed_;
  }
  void reach(UserMethod method) {
    if (method != method_ || left_.load() <= 0 || left_.fetch_sub(1) != 1) return;
    failed_ = true;
    throw std::runtime_error("the user's own");
  }

 private:
  UserMethod method_;
  std::atomic<std::int64_t> left_ = 0;
  std::atomic<bool> failed_ = false;
};

/// The concatenation of deltas, as crash::ListInterpreter; a merge that throws leaves half of the
/// delta in the state.
class ThrowingInterpreter final : public StateInterpreterInterface {
 public:
  explicit ThrowingInterpreter(ThrowingFault& fault) : fault_(fault) {}
  [[nodiscard]] std::string_view id() const override { return "throwing-list"; }
  [[nodiscard]] std::uint32_t version() const override {
    fault_.reach(UserMethod::kVersion);
    return 1;
  }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    fault_.reach(UserMethod::kFormat);
    return std::string(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t) const override {
    fault_.reach(UserMethod::kParse);
    return std::make_unique<State>(fault_, std::string(state));
  }

 private:
  class State final : public LiveState {
   public:
    State(ThrowingFault& fault, std::string state) : fault_(fault), state_(std::move(state)) {}
    [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t) override {
      const std::size_t half = delta.size() / 2;
      state_ += delta.substr(0, half);
      fault_.reach(UserMethod::kMerge);
      state_ += delta.substr(half);
      return {};
    }
    [[nodiscard]] Result<std::string> serialize() const override {
      fault_.reach(UserMethod::kSerialize);
      return state_;
    }
    [[nodiscard]] std::size_t memory_bytes() const override {
      fault_.reach(UserMethod::kMemoryBytes);
      return state_.size();
    }

   private:
    ThrowingFault& fault_;
    std::string state_;
  };

  ThrowingFault& fault_;
};

}  // namespace seawall::alloc
