#pragma once

#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/typed_interpreter.h"

namespace seawall::crash {

/// A state that shows which deltas were applied, how often and in which order: their concatenation.
class ListInterpreter : public TypedInterpreter<std::string> {
 public:
  explicit ListInterpreter(bool merges_in_background)
      : merges_in_background_(merges_in_background) {}
  [[nodiscard]] bool merges_in_background() const override { return merges_in_background_; }
  [[nodiscard]] std::string_view id() const override { return "crash-list"; }
  [[nodiscard]] Result<void> fold(std::string& state, std::string_view delta) const override {
    state += delta;
    return {};
  }
  [[nodiscard]] std::string write(const std::string& state) const override { return state; }
  [[nodiscard]] Result<std::string> read(std::string_view bytes) const override {
    return std::string(bytes);
  }

 private:
  bool merges_in_background_;
};

}  // namespace seawall::crash
