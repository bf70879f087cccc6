#pragma once

#include <nanobind/nanobind.h>

namespace seawall::python {

/// Returns `data` as compact JSON text, or None when it holds anything but None and exact bool, int
/// below 2^63, finite float, str without lone surrogates, list, tuple, and dict with such str as
/// keys, at most 500 deep: then Python's encoder says what becomes of it. Where both encode, the
/// text is the same, byte for byte, as that of `json.JSONEncoder(ensure_ascii=False,
/// separators=(",", ":"))`.
///
/// That encoder makes its C part anew for each call, which costs more than a small dict itself.
nanobind::object json_text(nanobind::handle data);

}  // namespace seawall::python
