#include "json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace seawall::python {
namespace {

constexpr int kDepthMax = 500;  // The engine's interpreters refuse more than 512.
constexpr std::size_t kUsualBytes = 256;

// Appends to one text. Each `put` returns false for what is not its to encode; the text is then
// void. Nothing here runs Python code, so no container changes meanwhile.
class Writer {
 public:
  Writer() { text_.reserve(kUsualBytes); }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] bool put(PyObject* value, int depth) {
    if (PyUnicode_CheckExact(value)) return put_string(value);
    if (PyLong_CheckExact(value)) return put_integer(value);
    if (PyFloat_CheckExact(value)) return put_float(PyFloat_AS_DOUBLE(value));
    if (value == Py_None) return put_word("null");
    if (value == Py_True) return put_word("true");
    if (value == Py_False) return put_word("false");
    if (depth == kDepthMax) return false;
    if (PyDict_CheckExact(value)) return put_dict(value, depth + 1);
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) return put_array(value, depth + 1);
    return false;
  }

 private:
  bool put_word(std::string_view word) {
    text_ += word;
    return true;
  }

  bool put_integer(PyObject* value) {
    int overflow = 0;
    const long long integer = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return false;
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), integer).ptr;
    text_.append(digits.data(), end);
    return true;
  }

  bool put_float(double value) {
    if (!std::isfinite(value)) return false;
    // As float.__repr__ has it.
    char* digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (digits == nullptr) {
      PyErr_Clear();
      return false;
    }
    text_ += digits;
    PyMem_Free(digits);
    return true;
  }

  bool put_string(PyObject* value) {
    Py_ssize_t length = 0;
    const char* data = PyUnicode_AsUTF8AndSize(value, &length);
    if (data == nullptr) {
      PyErr_Clear();
      return false;
    }
    const std::string_view bytes(data, static_cast<std::size_t>(length));
    text_ += '"';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const auto byte = static_cast<unsigned char>(bytes[at]);
      if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
      text_ += bytes.substr(copied, at - copied);
      put_escape(byte);
      copied = at + 1;
    }
    text_ += bytes.substr(copied);
    text_ += '"';
    return true;
  }

  void put_escape(unsigned char byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    constexpr std::string_view kNames = "\"\\bfnrt";
    text_ += '\\';
    if (const auto name = kNamed.find(static_cast<char>(byte)); name != std::string_view::npos) {
      text_ += kNames[name];
      return;
    }
    text_ += "u00";
    text_ += kHex[byte >> 4];
    text_ += kHex[byte & 15];
  }

  bool put_dict(PyObject* dict, int depth) {
    char before = '{';
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    for (Py_ssize_t place = 0; PyDict_Next(dict, &place, &key, &value) != 0; before = ',') {
      text_ += before;
      if (!PyUnicode_CheckExact(key) || !put_string(key)) return false;
      text_ += ':';
      if (!put(value, depth)) return false;
    }
    return put_word(before == '{' ? "{}" : "}");
  }

  bool put_array(PyObject* array, int depth) {
    const Py_ssize_t length = PySequence_Fast_GET_SIZE(array);
    text_ += '[';
    for (Py_ssize_t index = 0; index < length; ++index) {
      if (index != 0) text_ += ',';
      if (!put(PySequence_Fast_GET_ITEM(array, index), depth)) return false;
    }
    return put_word("]");
  }

  std::string text_;
};

}  // namespace

nb::object json_text(nb::handle data) {
  Writer writer;
  if (!writer.put(data.ptr(), 0)) return nb::none();
  return nb::str(writer.text().data(), writer.text().size());
}

}  // namespace seawall::python
