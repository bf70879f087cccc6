#pragma once

/// Ends the process when an invariant of Seawall itself does not hold; on in every build, because
/// going on would risk acknowledged data. Never for input, files or system calls.
#define SEAWALL_CHECK(condition)                                                   \
  do {                                                                             \
    if (!(condition)) seawall::base::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

namespace seawall::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace seawall::base
