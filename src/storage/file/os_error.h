#pragma once

#include <string>
#include <string_view>

#include "seawall/error.h"

namespace seawall::storage {

/// Returns the error of a system call that failed with errno `number`: "cannot ACTION FILE: text".
/// ENOSPC, EDQUOT and EFBIG (a quota in all but name) are `kNoSpace`, ENOENT is `kNotFound`.
[[nodiscard]] Error os_error(int number, std::string_view action, std::string_view file);

}  // namespace seawall::storage
