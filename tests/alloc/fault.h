#pragma once

#include <cstdint>

#include "alloc/failing_new.h"

namespace seawall::alloc {

/// Something that may fail at its n-th time.
class Fault {
 public:
  Fault() = default;
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;
  virtual ~Fault() = default;
  /// Begins to count; the `nth` time from here, from 1, fails.
  virtual void begin(std::uint64_t nth) = 0;
  /// Ends it; returns whether anything failed.
  virtual bool end() = 0;
};

class ShortageFault final : public Fault {
 public:
  explicit ShortageFault(Shortage shortage) : shortage_(shortage) {}
  void begin(std::uint64_t nth) override { begin_shortage(shortage_, nth); }
  bool end() override { return end_shortage(); }

 private:
  Shortage shortage_;
};

}  // namespace seawall::alloc
