#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace seawall::base {

void check_failed(const char* condition, const char* file, int line) {
  // Nothing can be done about a failed print on the way to abort.
  static_cast<void>(
      std::fprintf(stderr, "seawall: invariant broken: %s (%s:%d)\n", condition, file, line));
  std::abort();
}

}  // namespace seawall::base
