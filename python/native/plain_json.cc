#include "plain_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace seawall::python {
namespace {

constexpr int kDepthMax = 64;

struct Free {
  void operator()(char* text) const { PyMem_Free(text); }
};

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '"' || c == '\\';
}

// Appends values to a text; each method returns whether the value is plain.
class PlainJson {
 public:
  explicit PlainJson(std::string& text) : text_(text) {}

  bool append(PyObject* value) {
    if (PyUnicode_CheckExact(value)) return append_text(value);
    if (PyLong_CheckExact(value)) return append_integer(value);
    if (PyFloat_CheckExact(value)) return append_real(value);
    if (PyDict_CheckExact(value)) return append_dict(value);
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) return append_sequence(value);
    return append_constant(value);
  }

 private:
  bool append_constant(PyObject* value) {
    if (value == Py_None) {
      text_ += "null";
    } else if (value == Py_True) {
      text_ += "true";
    } else if (value == Py_False) {
      text_ += "false";
    } else {
      return false;
    }
    return true;
  }

  bool append_text(PyObject* value) {
    Py_ssize_t length = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(value, &length);
    if (bytes == nullptr) {
      PyErr_Clear();  // A lone surrogate.
      return false;
    }
    std::string_view rest(bytes, static_cast<std::size_t>(length));
    text_ += '"';
    for (;;) {
      const auto special = std::ranges::find_if(rest, needs_escape);
      text_.append(rest.begin(), special);
      if (special == rest.end()) break;
      append_escaped(*special);
      rest = std::string_view(special + 1, rest.end());
    }
    text_ += '"';
    return true;
  }

  void append_escaped(char c) {
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    constexpr std::string_view kNames = "\"\\bfnrt";
    constexpr std::string_view kHexDigits = "0123456789abcdef";
    constexpr unsigned kHexBits = 4;
    constexpr unsigned kHexMask = 0xF;
    text_ += '\\';
    if (const std::size_t named = kNamed.find(c); named != std::string_view::npos) {
      text_ += kNames[named];
      return;
    }
    const auto unit = static_cast<unsigned char>(c);
    text_ += "u00";
    text_ += kHexDigits[unit >> kHexBits];
    text_ += kHexDigits[unit & kHexMask];
  }

  bool append_integer(PyObject* value) {
    constexpr std::size_t kDigitsMax = std::numeric_limits<long long>::digits10 + 2;
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return false;
    std::array<char, kDigitsMax> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), integer).ptr;
    text_.append(digits.begin(), end);
    return true;
  }

  bool append_real(PyObject* value) {
    const double real = PyFloat_AS_DOUBLE(value);
    if (!std::isfinite(real)) return false;
    const std::unique_ptr<char, Free> shortest(
        PyOS_double_to_string(real, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr));
    if (shortest == nullptr) throw nb::python_error();
    text_ += shortest.get();
    return true;
  }

  bool append_dict(PyObject* value) {
    if (++depth_ > kDepthMax) return false;
    char before = '{';
    PyObject* key = nullptr;
    PyObject* member = nullptr;
    for (Py_ssize_t place = 0; PyDict_Next(value, &place, &key, &member) != 0;) {
      text_ += before;
      before = ',';
      if (!PyUnicode_CheckExact(key) || !append_text(key)) return false;
      text_ += ':';
      if (!append(member)) return false;
    }
    text_ += before == '{' ? "{}" : "}";
    --depth_;
    return true;
  }

  bool append_sequence(PyObject* value) {
    if (++depth_ > kDepthMax) return false;
    char before = '[';
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); ++i) {
      text_ += before;
      before = ',';
      if (!append(PySequence_Fast_GET_ITEM(value, i))) return false;
    }
    text_ += before == '[' ? "[]" : "]";
    --depth_;
    return true;
  }

  std::string& text_;
  int depth_ = 0;
};

}  // namespace

nb::object plain_json(nb::handle data) {
  constexpr std::size_t kUsualBytes = 256;
  std::string text;
  text.reserve(kUsualBytes);
  if (!PlainJson(text).append(data.ptr())) return nb::none();
  return nb::str(text.data(), text.size());
}

void bind_plain_json(nb::module_& module) {
  module.def("plain_json", &plain_json, nb::arg("data").none(),
             "Returns data as JSON text, or None when json has to look at it.");
}

}  // namespace seawall::python
