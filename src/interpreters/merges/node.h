#pragma once

/// \file
/// The two halves of every merge: what a schema says of a value, and the value's state.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"

namespace seawall::merges {

/// Where bytes come from. A state may hold what no single delta may: a sum beyond a double's range.
enum class Source : std::uint8_t { kDelta, kState };

/// Where a value comes from, and the place it gets in the state.
struct Origin {
  Source source = Source::kDelta;
  /// How deep containers may nest in the part of the state that the value goes to. What a state may
  /// not hold no delta may bring: the state could not be read again.
  std::size_t depth_max = interpreters::kJsonDepthMax;

  /// Returns the origin of a member's value.
  [[nodiscard]] Origin of_member() const { return {.source = source, .depth_max = depth_max - 1}; }
};

/// A change of a state, made ready: all that can fail, allocations too, has happened before it
/// exists. Calling it, at most once, makes the change; destroying it instead leaves the state as it
/// was. The state must not be used in between.
using Change = std::move_only_function<void() noexcept>;

/// One value's state. A state's own text is a delta that turns an empty state into it.
class State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  /// Returns the change that folds in `value`, one well-formed JSON value without space around it.
  /// Borrows `value` until the change has been made. Takes just what the node's `check` takes;
  /// whatever it returns or throws, the state is as it was.
  [[nodiscard]] virtual Result<Change> prepare(std::string_view value, Origin origin) = 0;

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

  /// Returns whether `value`, one well-formed JSON value without space around it, can be folded in.
  [[nodiscard]] virtual Result<void> check(std::string_view value, Origin origin) const = 0;

  /// Returns the state of a value that never came.
  [[nodiscard]] virtual std::unique_ptr<State> make_state() const = 0;
};

/// What `check` says of a value it does not take.
[[nodiscard]] inline std::unexpected<Error> refused(std::string what) {
  return std::unexpected(Error{.code = Errc::kInvalidArgument, .message = std::move(what)});
}

/// What `check` says of a member whose value was refused with `error`.
[[nodiscard]] inline std::unexpected<Error> refused_member(std::string_view name,
                                                           const Error& error) {
  return refused(interpreters::json_quote(name) + ": " + error.message);
}

}  // namespace seawall::merges
