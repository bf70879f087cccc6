#include "python_interpreter.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "arguments.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

// An exception on its way from a merge, through the engine, to the caller in the same thread.
thread_local PyObject* pending_exception = nullptr;
thread_local bool is_merging = false;

void keep_pending(nb::python_error& error) {
  Py_XDECREF(pending_exception);
  pending_exception = nb::borrow(error.value()).release().ptr();
}

// Marks this thread as one that merges, until the merge ends, however it ends.
class Merging {
 public:
  Merging() { is_merging = true; }
  Merging(const Merging&) = delete;
  Merging& operator=(const Merging&) = delete;
  ~Merging() { is_merging = false; }
};

}  // namespace

class PythonInterpreter::State final : public LiveState {
 public:
  State(const PythonInterpreter& interpreter, std::optional<std::string> state)
      : interpreter_(interpreter), state_(std::move(state)) {}

  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    deltas_.emplace_back(delta);
    delta_bytes_ += delta.size();
    return {};
  }

  [[nodiscard]] Result<std::string> serialize() const override {
    if (!deltas_.empty()) {
      auto merged = interpreter_.merge(state_ ? &*state_ : nullptr, deltas_);
      if (!merged) return std::unexpected(std::move(merged.error()));
      state_ = std::move(*merged);
      deltas_.clear();
      delta_bytes_ = 0;
    }
    return state_.value_or(std::string());
  }

  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(State) + (state_ ? state_->size() : 0) + delta_bytes_ +
           deltas_.capacity() * sizeof(std::string);
  }

 private:
  const PythonInterpreter& interpreter_;
  mutable std::optional<std::string> state_;  ///< Serialized; nothing for a client without state.
  mutable std::vector<std::string> deltas_;   ///< Not yet merged into `state_`.
  mutable std::size_t delta_bytes_ = 0;
};

PythonInterpreter::PythonInterpreter(std::string id, nb::callable merge)
    : id_(std::move(id)), merge_(std::move(merge)) {}

PythonInterpreter::~PythonInterpreter() {
  if (!nb::is_alive()) {
    static_cast<void>(merge_.release());
    return;
  }
  const nb::gil_scoped_acquire gil;
  merge_.reset();
}

Result<std::string> PythonInterpreter::format(std::string_view data) const {
  return std::string(data);
}

Result<std::unique_ptr<LiveState>> PythonInterpreter::parse(std::string_view state,
                                                            std::uint32_t version) const {
  if (version == 0) return std::make_unique<State>(*this, std::nullopt);
  return std::make_unique<State>(*this, std::string(state));
}

Result<std::string> PythonInterpreter::merge(const std::string* state,
                                             const std::vector<std::string>& deltas) const {
  const nb::gil_scoped_acquire gil;
  const Merging merging;
  try {
    nb::list entries;
    for (const std::string& delta : deltas) entries.append(nb::bytes(delta.data(), delta.size()));
    const nb::object base =
        state != nullptr ? nb::object(nb::bytes(state->data(), state->size())) : nb::none();
    const nb::object result = merge_(base, entries);
    return std::string(bytes_of(result, "the merged state"));
  } catch (nb::python_error& error) {
    keep_pending(error);
    return std::unexpected(
        Error{.code = Errc::kInterpreter, .message = "the interpreter raised an exception"});
  }
}

bool PythonInterpreter::merging() {
  return is_merging;
}

void PythonInterpreter::forget_pending() {
  Py_CLEAR(pending_exception);
}

void PythonInterpreter::raise_pending() {
  if (pending_exception == nullptr) return;
  const nb::object exception = nb::steal(std::exchange(pending_exception, nullptr));
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace seawall::python
