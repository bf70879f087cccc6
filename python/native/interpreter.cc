#include "interpreter.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

#include "error.h"
#include "python_interpreter.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

nb::bytes merged(const Interpreter& self, const std::vector<std::string>& data) {
  const StateInterpreterInterface& interpreter = *self.value;
  const std::unique_ptr<LiveState> state = must(interpreter.parse("", 0));
  for (const std::string& one : data) {
    must(state->merge(must(interpreter.format(one)), interpreter.version()));
  }
  const std::string bytes = must(state->serialize());
  return nb::bytes(bytes.data(), bytes.size());
}

}  // namespace

void bind_interpreters(nb::module_& module) {
  nb::class_<Interpreter>(module, "Interpreter", "An interpreter of the engine.")
      .def_prop_ro("id", [](const Interpreter& self) { return std::string(self.value->id()); })
      .def("merge", &merged, nb::arg("data"), "Returns the state that the data make, in order.");
  module.def(
      "merge_interpreter",
      [](std::string schema) {
        return Interpreter{must(merges::make_interpreter({std::move(schema)}))};
      },
      nb::arg("schema"), "Returns the interpreter of built-in merges.");
  module.def(
      "consumer_interpreter",
      [] { return Interpreter{std::make_shared<ConsumerStateInterpreter>()}; },
      "Returns the default interpreter: a JSON object per client, later fields win.");
  module.def(
      "python_interpreter",
      [](std::string id, nb::callable merge) {
        return Interpreter{std::make_shared<PythonInterpreter>(std::move(id), std::move(merge))};
      },
      nb::arg("id"), nb::arg("merge"),
      "Returns an interpreter whose states are merged by `merge(state or None, deltas) -> state`.");
}

}  // namespace seawall::python
