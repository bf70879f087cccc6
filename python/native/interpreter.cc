#include "interpreter.h"

#include <memory>
#include <string>
#include <utility>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "seawall/consumer_state_interpreter.h"

#include "python_interpreter.h"

namespace nb = nanobind;

namespace seawall::python {

void bind_interpreters(nb::module_& module) {
  nb::class_<Interpreter>(module, "Interpreter", "An interpreter of the engine; opaque.");
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
