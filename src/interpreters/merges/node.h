#pragma once

/// \file
/// The two halves of every merge: what a schema says of a value, and the value's state.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

namespace seawall::merges {

/// Where bytes come from. A state may hold what no single delta may: a sum beyond a double's range.
enum class Source : std::uint8_t { kDelta, kState };

/// One value's state. A state's own text is a delta that turns an empty state into it.
class State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  /// Folds in `value`, one JSON value that the node's `check` accepted; hence it cannot fail.
  virtual void apply(std::string_view value) = 0;

  /// Appends the state as JSON: the same bytes for the same state.
  virtual void write(std::string& out) const = 0;

  /// Returns what the state takes, itself included. Costs no walk over what it holds.
  [[nodiscard]] virtual std::size_t memory_bytes() const = 0;
};

/// One value of a schema. Immutable; must outlive its states.
class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  /// Appends the canonical schema text.
  virtual void describe(std::string& out) const = 0;

  /// Returns whether `value`, one well-formed JSON value without space around it, can be applied.
  [[nodiscard]] virtual Result<void> check(std::string_view value, Source source) const = 0;

  /// Returns the state of a value that never came.
  [[nodiscard]] virtual std::unique_ptr<State> make_state() const = 0;
};

/// What `check` says of a value it does not take.
[[nodiscard]] inline std::unexpected<Error> refused(std::string what) {
  return std::unexpected(Error{.code = Errc::kInvalidArgument, .message = std::move(what)});
}

}  // namespace seawall::merges
