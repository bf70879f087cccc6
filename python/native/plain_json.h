#pragma once

/// \file
/// JSON text of what most data is made of.

#include <nanobind/nanobind.h>

namespace seawall::python {

/// Returns `data` as compact JSON in a `str`, byte for byte as Python's `json` writes it with
/// `ensure_ascii=False`; or `None` when `data` is not plain: whether JSON can hold it is then for
/// `json` to say. Plain are None, bool, int of 64 bits, finite float, text that UTF-8 can encode,
/// and list, tuple and dict of these, with text as keys, nested at most 64 deep; subclasses are
/// not. The caller holds the GIL, and no Python code runs.
[[nodiscard]] nanobind::object plain_json(nanobind::handle data);

/// Adds `plain_json(data)` to `module`.
void bind_plain_json(nanobind::module_& module);

}  // namespace seawall::python
