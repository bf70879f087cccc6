#pragma once

#include <memory>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"

namespace seawall::cli {

using Interpreter = std::shared_ptr<const StateInterpreterInterface>;

/// The interpreter of `seawall demo`'s log.
[[nodiscard]] Interpreter flights_interpreter();

/// Returns the interpreter called `id`, or null when this command has none of that name.
[[nodiscard]] Interpreter known_interpreter(std::string_view id);

/// Returns the interpreter of the log at `name`, null when it is not known. Errors as
/// `LogReader::interpreter_id`.
[[nodiscard]] Result<Interpreter> interpreter_of(const std::shared_ptr<StorageInterface>& storage,
                                                 const VolumeName& name);

}  // namespace seawall::cli
