#include "arguments.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "seawall/types.h"

#include "error.h"

namespace nb = nanobind;

namespace seawall::python {
namespace {

[[noreturn]] void refuse(const std::string& what, nb::handle value, const char* wanted) {
  const std::string type = nb::cast<std::string>(value.type().attr("__name__"));
  raise_invalid((what + " must be " + wanted + ", not " + type).c_str());
}

}  // namespace

std::string_view bytes_of(nb::handle value, const char* what) {
  if (PyUnicode_Check(value.ptr())) {
    Py_ssize_t length = 0;
    const char* data = PyUnicode_AsUTF8AndSize(value.ptr(), &length);
    if (data != nullptr) return {data, static_cast<std::size_t>(length)};
    PyErr_Clear();
    raise_invalid(
        (std::string(what) + " holds a lone surrogate, which UTF-8 cannot encode").c_str());
  }
  if (PyBytes_Check(value.ptr())) {
    return {PyBytes_AS_STRING(value.ptr()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr()))};
  }
  refuse(what, value, "str or bytes");
}

BatchId id_of(nb::handle value, bool optional) {
  constexpr const char* kWanted = "an int from 0 to 2**63-1, a str or bytes";
  if (PyBool_Check(value.ptr())) refuse("the id", value, kWanted);
  if (PyLong_Check(value.ptr())) {
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    return overflow != 0 ? BatchId(-1) : BatchId(integer);
  }
  if (PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr())) {
    return {bytes_of(value, "the id")};
  }
  if (value.is_none() && optional) return {};
  refuse("the id", value, kWanted);
}

std::string_view producer_of(nb::handle value) {
  if (value.is_none()) return {};
  return bytes_of(value, "the producer");
}

nb::object name_of(std::string_view bytes) {
  PyObject* text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr);
  if (text != nullptr) return nb::steal(text);
  PyErr_Clear();
  return nb::bytes(bytes.data(), bytes.size());
}

}  // namespace seawall::python
