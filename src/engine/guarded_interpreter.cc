#include "engine/guarded_interpreter.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#ifdef __GLIBCXX__
// NOLINTNEXTLINE(misc-include-cleaner): of abi::__forced_unwind, which it does not know
#include <cxxabi.h>
#endif

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "base/exceptions.h"
#include "engine/user_code.h"
#include "format/manifest.h"

namespace seawall::engine {
namespace {

/// Calls the user's code; what it throws leaves as bad_alloc or InterpreterThrew.
template <class Call>
std::invoke_result_t<Call> call_user(Call call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& thrown) {
    throw base::InterpreterThrew(thrown.what());
  }
#ifdef __GLIBCXX__
  catch (const abi::__forced_unwind&) {
    throw;  // The thread was cancelled; it must not be caught.
  }
#endif
  catch (...) {
    throw base::InterpreterThrew("something that is no std::exception");
  }
}

Error invalid(std::string message) {
  return Error{.code = Errc::kInvalidArgument, .message = std::move(message)};
}

}  // namespace

/// A user's live state, whose methods and whose destructor are the user's code.
class GuardedInterpreter::State final : public LiveState {
 public:
  State(const GuardedInterpreter& interpreter, std::unique_ptr<LiveState> state)
      : interpreter_(interpreter), state_(std::move(state)) {}
  ~State() override {
    const UserCode scope(&interpreter_, UserCodeKind::kMerge);
    state_.reset();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t version) override {
    const UserCode scope(&interpreter_, UserCodeKind::kMerge);
    return call_user([&] { return state_->merge(delta, version); });
  }

  [[nodiscard]] Result<std::string> serialize() const override {
    const UserCode scope(&interpreter_, UserCodeKind::kMerge);
    auto bytes = call_user([&] { return state_->serialize(); });
    if (auto checked = interpreter_.check_version(); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
    return bytes;
  }

  [[nodiscard]] std::size_t memory_bytes() const override {
    const UserCode scope(&interpreter_, UserCodeKind::kMerge);
    return sizeof(State) + call_user([&] { return state_->memory_bytes(); });
  }

 private:
  const GuardedInterpreter& interpreter_;
  std::unique_ptr<LiveState> state_;
};

GuardedInterpreter::GuardedInterpreter(std::shared_ptr<const StateInterpreterInterface> interpreter)
    : interpreter_(std::move(interpreter)),
      id_(call_user([&] { return interpreter_->id(); })),
      version_(call_user([&] { return interpreter_->version(); })),
      merges_in_background_(call_user([&] { return interpreter_->merges_in_background(); })) {}

Result<std::unique_ptr<GuardedInterpreter>> GuardedInterpreter::make(
    std::shared_ptr<const StateInterpreterInterface> interpreter) {
  std::unique_ptr<GuardedInterpreter> guarded(new GuardedInterpreter(std::move(interpreter)));
  if (guarded->id_.empty() || guarded->id_.size() > format::kInterpreterIdBytesMax) {
    return std::unexpected(invalid("an interpreter's id has 1 to 4,096 bytes"));
  }
  if (guarded->version_ == 0) {
    return std::unexpected(
        invalid("an interpreter's version counts from 1: 0 is the state that does not exist yet"));
  }
  return guarded;
}

Result<std::string> GuardedInterpreter::format(std::string_view data) const {
  auto delta = call_user([&] { return interpreter_->format(data); });
  if (auto checked = check_version(); !checked) return std::unexpected(std::move(checked.error()));
  return delta;
}

Result<std::unique_ptr<LiveState>> GuardedInterpreter::parse(std::string_view state,
                                                             std::uint32_t version) const {
  const UserCode scope(this, UserCodeKind::kMerge);
  auto parsed = call_user([&] { return interpreter_->parse(state, version); });
  if (!parsed) return parsed;
  if (*parsed == nullptr) {
    return std::unexpected(Error{.code = Errc::kInterpreter,
                                 .message = "the interpreter parsed a state into nothing"});
  }
  return std::make_unique<State>(*this, std::move(*parsed));
}

Result<void> GuardedInterpreter::check_version() const {
  const std::uint32_t version = call_user([&] { return interpreter_->version(); });
  if (version == version_) return {};
  return std::unexpected(Error{.code = Errc::kInterpreter,
                               .message = "the interpreter's version changed from " +
                                          std::to_string(version_) + " to " +
                                          std::to_string(version) +
                                          " while the log was open: close it, then open it again"});
}

}  // namespace seawall::engine
