#pragma once

/// \file
/// The interpreters the benchmark gives to Seawall. They measure the log and not a parser.

#include <memory>

#include "seawall/state_interpreter_interface.h"

namespace seawall::bench {

/// Data is opaque bytes, the last one is the state.
[[nodiscard]] std::shared_ptr<const StateInterpreterInterface> make_last_interpreter();

/// Data is opaque bytes, the state is all of them in their order.
[[nodiscard]] std::shared_ptr<const StateInterpreterInterface> make_append_interpreter();

/// States are entries, deltas replace one (entry_state.h).
[[nodiscard]] std::shared_ptr<const StateInterpreterInterface> make_entry_interpreter();

}  // namespace seawall::bench
