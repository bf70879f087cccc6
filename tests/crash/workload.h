#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "crash/model.h"

namespace seawall::crash {

inline constexpr std::uint64_t kWorkloadClients = 5;
inline constexpr std::uint64_t kWorkloadIds = 24;
inline constexpr std::uint64_t kWorkloadTexts = 4;
inline constexpr std::uint64_t kWorkloadClearKeys = 2;
inline constexpr const char* kWorkloadProducers[] = {"", "p", "q"};

/// Returns every id that an operation of a workload may have.
[[nodiscard]] std::vector<BatchId> workload_ids();

enum class StepKind : std::uint8_t {
  kCheckpoint,
  kReopen,  ///< Close and open.
  kKill,    ///< Kill the process and open: the page cache stays.
  kDisk,    ///< Let the disk be full, or full no longer.
  kBatch,
  kSingle,
};

/// What a consumer's calls look like when everything comes late, twice and out of order: few
/// clients, few ids, so that duplicates and clears of every kind meet. The seed decides all.
class Workload {
 public:
  explicit Workload(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] StepKind next_step();
  [[nodiscard]] ModelOperation next_operation();
  /// Two to four operations, no key twice.
  [[nodiscard]] std::vector<ModelOperation> next_batch();
  /// One of 0..`bound`-1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  std::mt19937_64 random_;
};

}  // namespace seawall::crash
