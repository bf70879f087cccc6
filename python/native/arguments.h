#pragma once

/// \file
/// What callers pass, as the engine takes it. The caller holds the GIL. Views are borrowed from the
/// Python objects, which are immutable and outlive the call.

#include <string_view>

#include <nanobind/nanobind.h>

#include "seawall/types.h"

namespace seawall::python {

/// Returns the bytes of a `str`, as UTF-8, or of a `bytes`. Anything else raises, naming `what`.
[[nodiscard]] std::string_view bytes_of(nanobind::handle value, const char* what);

/// Returns the id in an `int`, `str` or `bytes`; `bool` and the rest raise. `None` is no id when
/// `optional`, else it raises.
[[nodiscard]] BatchId id_of(nanobind::handle value, bool optional);

/// Returns the producer in a `str`, `bytes` or `None`, which is the empty one.
[[nodiscard]] std::string_view producer_of(nanobind::handle value);

/// Returns a client's name as `str`, or as `bytes` when it is no UTF-8.
[[nodiscard]] nanobind::object name_of(std::string_view bytes);

}  // namespace seawall::python
