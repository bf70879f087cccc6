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

/// How often what comes up.
struct WorkloadMix {
  std::uint64_t clients = kWorkloadClients;  ///< At most 10.
  /// The first so many clients' clears have no key: the log may forget such a client wholly.
  std::uint64_t clients_without_keys = 0;
  std::uint64_t clears_of_20 = 2;
  std::uint64_t rounds_of_48 = 2;
};

/// What a consumer's calls look like when everything comes late, twice and out of order: few
/// clients, few ids, so that duplicates and clears of every kind meet. The seed decides all.
class Workload {
 public:
  explicit Workload(std::uint64_t seed, const WorkloadMix& mix = {}) : random_(seed), mix_(mix) {}

  [[nodiscard]] StepKind next_step();
  [[nodiscard]] ModelOperation next_operation() { return next_operation(below(mix_.clients)); }
  /// The same for the client of that number.
  [[nodiscard]] ModelOperation next_operation(std::uint64_t client);
  /// Two to four operations, no key twice.
  [[nodiscard]] std::vector<ModelOperation> next_batch();
  /// One of 0..`bound`-1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  std::mt19937_64 random_;
  WorkloadMix mix_;
};

}  // namespace seawall::crash
