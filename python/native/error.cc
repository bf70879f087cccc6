#include "error.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "seawall/error.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

nb::object errors() {
  return nb::module_::import_("seawall.errors");
}

[[noreturn]] void raise_object(const nb::object& exception) {
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace

void raise(const Error& error) {
  raise_object(errors().attr("from_engine")(errc_name(error.code), to_string(error), error.os_errno,
                                            error.file, error.offset, error.begin_lsn,
                                            error.end_lsn));
}

void raise_invalid(const char* message) {
  raise_named("InvalidArgumentError", message);
}

void raise_named(const char* name, const char* message) {
  raise_object(errors().attr(name)(message));
}

}  // namespace seawall::python
