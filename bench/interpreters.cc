#include "interpreters.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "entry_state.h"

namespace seawall::bench {
namespace {

class LastState final : public LiveState {
 public:
  explicit LastState(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    bytes_ = delta;
    return {};
  }
  [[nodiscard]] Result<std::string> serialize() const override { return bytes_; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof *this + bytes_.capacity();
  }

 private:
  std::string bytes_;
};

class AppendState final : public LiveState {
 public:
  explicit AppendState(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    bytes_ += delta;
    return {};
  }
  [[nodiscard]] Result<std::string> serialize() const override { return bytes_; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof *this + bytes_.capacity();
  }

 private:
  std::string bytes_;
};

class EntryState final : public LiveState {
 public:
  explicit EntryState(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    if (merge_entry(bytes_, delta)) return {};
    return std::unexpected(
        Error{.code = Errc::kInterpreter, .message = "a delta to no entry of this state"});
  }
  [[nodiscard]] Result<std::string> serialize() const override { return bytes_; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof *this + bytes_.capacity();
  }

 private:
  std::string bytes_;
};

template <class State>
class Interpreter final : public StateInterpreterInterface {
 public:
  explicit Interpreter(std::string_view id) : id_(id) {}
  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    return std::string(data);
  }
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t /*version*/) const override {
    return std::make_unique<State>(state);
  }

 private:
  std::string_view id_;
};

}  // namespace

std::shared_ptr<const StateInterpreterInterface> make_last_interpreter() {
  return std::make_shared<Interpreter<LastState>>("bench-last");
}

std::shared_ptr<const StateInterpreterInterface> make_append_interpreter() {
  return std::make_shared<Interpreter<AppendState>>("bench-append");
}

std::shared_ptr<const StateInterpreterInterface> make_entry_interpreter() {
  return std::make_shared<Interpreter<EntryState>>("bench-entry");
}

}  // namespace seawall::bench
