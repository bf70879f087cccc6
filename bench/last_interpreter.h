#pragma once

/// \file
/// The interpreter the benchmark gives to Seawall: data is opaque bytes, the last one is the state.
/// Measures the log and not a parser.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall::bench {

class LastInterpreter final : public StateInterpreterInterface {
 public:
  [[nodiscard]] std::string_view id() const override { return "bench-last"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    return std::string(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override;
};

}  // namespace seawall::bench
