#pragma once

#include <atomic>
#include <cstdint>

namespace seawall::base {

/// Blocks while `word` is `expected`; may return early for no reason (futex(2), FUTEX_WAIT).
/// `std::atomic::wait` yields several times before it sleeps, which costs more than the sleep when
/// dozens of threads wait for one flush.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected);

/// The same for at most `timeout_us` microseconds.
void futex_wait_for(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    std::uint64_t timeout_us);

/// Wakes every thread that waits on `word`, with one system call.
void futex_wake_all(const std::atomic<std::uint32_t>& word);

}  // namespace seawall::base
