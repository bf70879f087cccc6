#pragma once

/// \file
/// How far each writer of a crowd is, in memory that outlives a killed process.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "process/crowd_plan.h"

namespace seawall::process {

/// Counts of transactions; a writer's are begun and acknowledged in the plan's order.
struct CrowdProgress {
  struct Writer {
    std::atomic<std::size_t> begun = 0;
    std::atomic<std::size_t> acknowledged = 0;
  };

  static constexpr std::size_t kWrongBytesMax = 16'384;

  std::array<Writer, kCrowdWriters> writers;
  std::atomic<std::uint64_t> steps = 0;   ///< Beginnings and acknowledgements.
  std::atomic<std::uint64_t> views = 0;   ///< Readers' views that were checked.
  std::atomic<std::uint64_t> rounds = 0;  ///< Checkpoints by the thread that makes them.
  std::atomic<bool> has_failed = false;
  std::array<char, kWrongBytesMax> wrong{};  ///< What went wrong first.

  /// Notes what is wrong, the first time.
  void fail(std::string_view text) {
    if (has_failed.exchange(true)) return;
    const std::size_t length = text.copy(wrong.data(), wrong.size() - 1);
    wrong.at(length) = '\0';
  }
};

/// `CrowdProgress` shared with forked children.
class SharedProgress {
 public:
  SharedProgress()
      : memory_(::mmap(nullptr, sizeof(CrowdProgress), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    EXPECT_NE(memory_, MAP_FAILED);
    new (memory_) CrowdProgress;
  }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;
  ~SharedProgress() { ::munmap(memory_, sizeof(CrowdProgress)); }

  CrowdProgress* operator->() const { return get(); }
  CrowdProgress& operator*() const { return *get(); }

 private:
  [[nodiscard]] CrowdProgress* get() const {
    return std::launder(static_cast<CrowdProgress*>(memory_));
  }
  void* memory_;
};

}  // namespace seawall::process
