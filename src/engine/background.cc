#include "engine/background.h"

#include <atomic>
#include <cstdint>
#include <thread>

#include "seawall/error.h"

#include "base/clock.h"
#include "base/exceptions.h"
#include "base/futex.h"

namespace seawall::engine {
namespace {

// A new 1 MiB segment lasts a fast disk about this long; space is prepared in time.
constexpr std::uint64_t kPeriodUs = 10'000;
// Marks are flushed after 100 ms of quiet, so the last chores come after that.
constexpr std::uint64_t kQuietUs = 250'000;

}  // namespace

Background::Background(Chores& chores) : chores_(chores), thread_([this] { run(); }) {}

Background::~Background() {
  stop();
}

void Background::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  word_.fetch_add(1);
  base::futex_wake_all(word_);
  thread_.join();
}

void Background::note_activity() {
  if (!active_.load(std::memory_order_relaxed)) active_ = true;
  if (!asleep_) return;
  word_.fetch_add(1);
  base::futex_wake_all(word_);
}

void Background::run() {
  std::uint64_t quiet_since_us = base::monotonic_us();
  while (!stopping_) {
    const std::uint64_t now_us = base::monotonic_us();
    // What throws here, for lack of memory say, has harmed nothing; the chores come again.
    static_cast<void>(base::catching([&]() -> Result<void> {
                        chores_.do_chores(now_us);
                        return {};
                      }).has_value());
    if (active_.exchange(false)) quiet_since_us = now_us;
    const std::uint32_t seen = word_.load();
    if (stopping_) break;
    if (now_us - quiet_since_us < kQuietUs) {
      base::futex_wait_for(word_, seen, kPeriodUs);
      continue;
    }
    asleep_ = true;
    // Activity noted before `asleep_` was set would not wake; look once more.
    if (!active_) base::futex_wait(word_, seen);
    asleep_ = false;
    quiet_since_us = base::monotonic_us();
  }
}

}  // namespace seawall::engine
