#include "commit/arrivals.h"

#include <atomic>
#include <cstdint>
#include <thread>

#include "base/clock.h"

namespace seawall::commit {

void Arrivals::gather() const {
  constexpr std::uint64_t kPatienceShare = 4;  // of a flush, in all
  constexpr std::uint64_t kQuietShare = 16;    // of a flush, without an arrival
  const std::uint64_t append_ns = append_ns_.load(std::memory_order_relaxed);
  const std::uint64_t expected = expected_.load(std::memory_order_relaxed);
  const std::uint64_t begin_ns = base::monotonic_ns();
  std::uint64_t quiet_since_ns = begin_ns;
  std::uint64_t before = arrived_.load(std::memory_order_relaxed);
  for (;;) {
    std::this_thread::yield();
    const std::uint64_t arrived = arrived_.load(std::memory_order_relaxed);
    const std::uint64_t now_ns = base::monotonic_ns();
    if (now_ns - begin_ns >= append_ns / kPatienceShare) return;
    if (arrived != before) {
      before = arrived;
      quiet_since_ns = now_ns;
    } else if (arrived >= expected || now_ns - quiet_since_ns >= append_ns / kQuietShare) {
      return;
    }
  }
}

}  // namespace seawall::commit
