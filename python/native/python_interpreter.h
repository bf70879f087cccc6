#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nanobind/nanobind.h>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall::python {

/// Merges states by a Python function of the serialized state and a list of deltas.
///
/// Only `LiveState::serialize` enters Python, and the engine calls it in a thread that retrieves,
/// never in one of its own (`merges_in_background` is false). A state is held as bytes, not as
/// Python objects: it may be dropped by any thread, and a merge that raised half-way through has
/// changed nothing.
class PythonInterpreter final : public StateInterpreterInterface {
 public:
  /// `merge(state: bytes | None, deltas: list[bytes]) -> bytes`. The caller holds the GIL.
  PythonInterpreter(std::string id, nanobind::callable merge);
  ~PythonInterpreter() override;

  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  /// Data was formatted before it came here, in the caller's thread.
  [[nodiscard]] Result<std::string> format(std::string_view data) const override;
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override;
  [[nodiscard]] bool merges_in_background() const override { return false; }

  /// Returns whether this thread is inside a merge.
  [[nodiscard]] static bool merging();

  /// Forgets what a merge in this thread raised and nobody was told: a call that ended with another
  /// error left it. The caller holds the GIL.
  static void forget_pending();
  /// Raises what the last merge in this thread raised since. The caller holds the GIL.
  static void raise_pending();

 private:
  class State;
  Result<std::string> merge(const std::string* state, const std::vector<std::string>& deltas) const;

  const std::string id_;
  nanobind::callable merge_;
};

}  // namespace seawall::python
