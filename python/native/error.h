#pragma once

#include <type_traits>
#include <utility>

#include "seawall/error.h"

namespace seawall::python {

/// Raises the exception of seawall.errors that stands for `error`. The caller holds the GIL.
[[noreturn]] void raise(const Error& error);

/// Raises `InvalidArgumentError(message)`. The caller holds the GIL.
[[noreturn]] void raise_invalid(const char* message);

/// Raises the exception called `name` of seawall.errors. The caller holds the GIL.
[[noreturn]] void raise_named(const char* name, const char* message);

/// Returns what `result` holds, or raises its error. The caller holds the GIL.
template <class T>
T must(Result<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace seawall::python
