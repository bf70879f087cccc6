#pragma once

/// \file
/// An adapter for interpreters whose state is a C++ type. See examples/flights_interpreter.h.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall {

/// Base of an interpreter with state type `State`, default-constructible: a client without state
/// starts from `State{}`. Derive and implement `id`, `fold`, `write` and `read`; `format` passes
/// data through unless overridden.
template <class State>
class TypedInterpreter : public StateInterpreterInterface {
 public:
  /// Folds `delta` into `state`. After an error or an exception `state` is not used again.
  [[nodiscard]] virtual Result<void> fold(State& state, std::string_view delta) const = 0;

  /// Returns `state` as bytes that `read` understands; `retrieve` returns them too.
  [[nodiscard]] virtual std::string write(const State& state) const = 0;

  /// Returns the state that `write` turned into `bytes`.
  [[nodiscard]] virtual Result<State> read(std::string_view bytes) const = 0;

  [[nodiscard]] std::uint32_t version() const override { return 1; }

  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    return std::string(data);
  }

  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override {
    if (version == 0) return std::make_unique<Live>(*this, State{});
    Result<State> value = read(state);
    if (!value) return std::unexpected(std::move(value.error()));
    return std::make_unique<Live>(*this, std::move(*value));
  }

 private:
  class Live final : public LiveState {
   public:
    Live(const TypedInterpreter& interpreter, State state)
        : interpreter_(interpreter), state_(std::move(state)) {}
    [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
      return interpreter_.fold(state_, delta);
    }
    [[nodiscard]] Result<std::string> serialize() const override {
      std::string bytes = interpreter_.write(state_);
      state_bytes_ = bytes.size();
      return bytes;
    }
    /// The state in memory is taken to be about as large as its bytes.
    [[nodiscard]] std::size_t memory_bytes() const override { return sizeof(Live) + state_bytes_; }

   private:
    const TypedInterpreter& interpreter_;
    State state_;
    mutable std::size_t state_bytes_ = 0;  ///< As of the last `serialize`.
  };
};

}  // namespace seawall
