#pragma once

#include <atomic>
#include <cstdint>

#include "seawall/types.h"

#include "base/check.h"

namespace seawall::commit {

/// How far the log is: appended (given out), written (issued to storage), durable. The invariant
/// appended >= written >= durable is checked at every step. Advanced under the commit mutex;
/// `durable` may be read at any time.
class Marks {
 public:
  explicit Marks(Lsn last) : appended_(last), written_(last), durable_(last.value) {}

  [[nodiscard]] Lsn appended() const { return appended_; }
  [[nodiscard]] Lsn written() const { return written_; }
  [[nodiscard]] Lsn durable() const { return Lsn{durable_.load(std::memory_order_acquire)}; }

  /// Gives out the next LSN.
  Lsn append() {
    ++appended_.value;
    return appended_;
  }

  void write(Lsn upto) {
    SEAWALL_CHECK(written_ <= upto && upto <= appended_);
    written_ = upto;
  }

  void make_durable(Lsn upto) {
    SEAWALL_CHECK(durable() <= upto && upto <= written_);
    durable_.store(upto.value, std::memory_order_release);
  }

 private:
  Lsn appended_;
  Lsn written_;
  std::atomic<std::uint64_t> durable_;
};

}  // namespace seawall::commit
