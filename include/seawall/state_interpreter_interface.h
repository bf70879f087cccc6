#pragma once

/// \file
/// The format of data and state, and how data is merged into state. Storage never knows it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

namespace seawall {

/// One client's state in memory. Used by one thread at a time.
///
/// After an error or an exception of any of these functions the log destroys the object and makes
/// it again from the checkpoint and the deltas, so nothing depends on what it was left as.
class LiveState {
 public:
  LiveState() = default;
  LiveState(const LiveState&) = delete;
  LiveState& operator=(const LiveState&) = delete;
  virtual ~LiveState() = default;

  /// Folds one delta, as `format` made it, into the state. Should cost the delta's size, not the
  /// state's. An error, or an exception, is returned by `retrieve`; the delta is kept.
  [[nodiscard]] virtual Result<void> merge(std::string_view delta, std::uint32_t version) = 0;

  /// Returns the state as bytes, for `retrieve` and for checkpoints.
  [[nodiscard]] virtual Result<std::string> serialize() const = 0;

  /// Returns about how much memory the state holds, in bytes; counted against
  /// `Options::live_state_bytes_max`.
  [[nodiscard]] virtual std::size_t memory_bytes() const = 0;
};

/// Turns the caller's data into deltas, and deltas into state.
///
/// Thread safety: all methods may be called from several threads at once. Which threads: `format`
/// on the thread that persists; `parse` and what it returns, its destructor included, on threads
/// that retrieve, and also on a background thread when `merges_in_background()`.
class StateInterpreterInterface {
 public:
  StateInterpreterInterface() = default;
  StateInterpreterInterface(const StateInterpreterInterface&) = delete;
  StateInterpreterInterface& operator=(const StateInterpreterInterface&) = delete;
  virtual ~StateInterpreterInterface() = default;

  /// Returns the interpreter's name, 1 to 4,096 bytes, constant for ever. A log made with one id
  /// cannot be opened with another.
  [[nodiscard]] virtual std::string_view id() const = 0;

  /// Returns the version of the bytes `format` and `LiveState::serialize` make, from 1. Raise it
  /// when they change; older bytes come back to `parse` and `merge` with the version they had.
  [[nodiscard]] virtual std::uint32_t version() const = 0;

  /// Checks `data` and returns the delta to store. An error refuses the record; nothing is written.
  [[nodiscard]] virtual Result<std::string> format(std::string_view data) const = 0;

  /// Returns a live state from bytes that `LiveState::serialize` of `version` made. Empty bytes of
  /// version 0 are the state of a client that has none yet.
  [[nodiscard]] virtual Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                                 std::uint32_t version) const = 0;

  /// Returns whether states may be merged on a background thread, which makes checkpoints smaller
  /// sooner. When false, merging waits for a caller's `retrieve`.
  [[nodiscard]] virtual bool merges_in_background() const { return true; }
};

}  // namespace seawall
