#pragma once

#include <cstddef>

namespace seawall {

/// Lets the allocation number `nth` (from 1) of this thread throw `std::bad_alloc`, once, unless
/// the object dies first. Works on every `operator new` of the executable that links
/// failing_new.cc.
class FailingNew {
 public:
  explicit FailingNew(std::size_t nth);
  ~FailingNew();
  FailingNew(const FailingNew&) = delete;
  FailingNew& operator=(const FailingNew&) = delete;

  /// Returns whether the allocation came and failed.
  [[nodiscard]] static bool failed();
};

}  // namespace seawall
