#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall {

using InterpreterPtr = std::shared_ptr<const StateInterpreterInterface>;

inline InterpreterPtr interpreter_for(const merges::Merge& merge) {
  const Result<InterpreterPtr> made = merges::make_interpreter(merge);
  EXPECT_TRUE(made.has_value()) << merge.schema << ": " << made.error().message;
  return made.value_or(nullptr);
}

/// A client's state as a log drives it: deltas through `format`, states through `parse`.
class Merged {
 public:
  explicit Merged(InterpreterPtr interpreter) : interpreter_(std::move(interpreter)) {
    restore("", 0);
  }

  /// Returns whether `format` took the data. What it took must merge.
  bool add(std::string_view data) {
    const Result<std::string> delta = interpreter_->format(data);
    if (!delta) {
      EXPECT_EQ(delta.error().code, Errc::kInvalidArgument);
      return false;
    }
    const Result<void> merged = live_->merge(*delta, interpreter_->version());
    EXPECT_TRUE(merged.has_value()) << data;
    return true;
  }

  [[nodiscard]] std::string text() const { return live_->serialize().value_or("no state"); }
  [[nodiscard]] LiveState& live() { return *live_; }

  /// Goes through bytes and back, as a checkpoint does.
  void reload() { restore(text(), interpreter_->version()); }

 private:
  void restore(const std::string& text, std::uint32_t version) {
    Result<std::unique_ptr<LiveState>> parsed = interpreter_->parse(text, version);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().message;
    live_ = std::move(*parsed);
  }

  InterpreterPtr interpreter_;
  std::unique_ptr<LiveState> live_;
};

inline std::string merged(const InterpreterPtr& interpreter,
                          const std::vector<std::string>& deltas) {
  Merged state(interpreter);
  for (const std::string& delta : deltas) EXPECT_TRUE(state.add(delta)) << delta;
  return state.text();
}

}  // namespace seawall
