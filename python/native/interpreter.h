#pragma once

#include <memory>

#include <nanobind/nanobind.h>

#include "seawall/state_interpreter_interface.h"

namespace seawall::python {

/// `seawall._native.Interpreter`: any interpreter of the engine, built in or written in Python.
struct Interpreter {
  std::shared_ptr<const StateInterpreterInterface> value;
};

/// Adds `Interpreter`, `consumer_interpreter()` and `python_interpreter(id, merge)` to `module`.
void bind_interpreters(nanobind::module_& module);

}  // namespace seawall::python
