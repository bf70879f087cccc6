#pragma once

#include "seawall/error.h"

namespace seawall::python {

/// Raises the exception of seawall.errors that stands for `error`. The caller holds the GIL.
[[noreturn]] void raise(const Error& error);

/// Raises `InvalidArgumentError(message)`. The caller holds the GIL.
[[noreturn]] void raise_invalid(const char* message);

/// Raises the exception called `name` of seawall.errors. The caller holds the GIL.
[[noreturn]] void raise_named(const char* name, const char* message);

}  // namespace seawall::python
