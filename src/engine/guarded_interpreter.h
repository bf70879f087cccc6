#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall::engine {

/// A user's interpreter as a log uses it. Its name and version are read once, when the log is
/// opened, and its states are destroyed as it runs: inside a scope of UserCode.
///
/// What the user's code throws leaves as bad_alloc or as base::InterpreterThrew. A version that is
/// no longer the one the log was opened with is an error, `kInterpreter`: bytes of one version
/// would be kept under the number of another.
///
/// Thread safety: as the user's.
class GuardedInterpreter final : public StateInterpreterInterface {
 public:
  /// `log` stands for the log in UserCode. Errors: `kInvalidArgument` for a name that is not 1 to
  /// 4,096 bytes and for version 0.
  [[nodiscard]] static Result<std::unique_ptr<GuardedInterpreter>> make(
      std::shared_ptr<const StateInterpreterInterface> interpreter);

  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] std::uint32_t version() const override { return version_; }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override;
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override;
  [[nodiscard]] bool merges_in_background() const override { return merges_in_background_; }

 private:
  class State;

  explicit GuardedInterpreter(std::shared_ptr<const StateInterpreterInterface> interpreter);
  [[nodiscard]] Result<void> check_version() const;

  std::shared_ptr<const StateInterpreterInterface> interpreter_;
  std::string id_;
  std::uint32_t version_;
  bool merges_in_background_;
};

}  // namespace seawall::engine
