#pragma once

#include <cstdint>

namespace seawall::alloc {

/// What lets `operator new` fail, in the executable that links failing_new.cc. Counts the
/// allocations of all threads, except those in an `Exempt` scope.
enum class Shortage : std::uint8_t {
  kOnce,   ///< The n-th allocation fails.
  kSince,  ///< So do all after it.
};

/// Begins to count; the `nth` allocation from here, from 1, throws bad_alloc.
void begin_shortage(Shortage shortage, std::uint64_t nth);

/// Ends it; returns whether any allocation failed.
bool end_shortage();

/// The allocations of this thread do not count, for as long as it lives: they are the test's.
class Exempt {
 public:
  explicit Exempt(bool exempt = true);
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;

 private:
  bool former_;
};

}  // namespace seawall::alloc
