#pragma once

#include "seawall/error.h"

namespace seawall::commit {

/// Whether a log may be written to, and if not, why. What made it sick is kept as it was given, so
/// that falling sick allocates nothing; the words for callers are made when one asks.
///
/// Thread safety: none; the commit mutex guards it.
class Health {
 public:
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Refuses every later commit; a log that failed already keeps its first cause. Whatever the
  /// cause, the outcome of what was in flight is unknown: the kernel may have dropped the dirty
  /// pages and report success next time, so nothing is tried again (guarantee F1).
  void fail(Error cause) noexcept;

  /// Returns what a caller of a log that failed is told: `kFenced` or `kPoisoned`. Its message is
  /// short when there is no memory for more.
  [[nodiscard]] Error error() const noexcept;

 private:
  bool failed_ = false;
  Error cause_;
};

}  // namespace seawall::commit
