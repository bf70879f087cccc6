#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "crash/model.h"
#include "process/crowd.h"
#include "process/crowd_plan.h"
#include "process/crowd_progress.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {

/// What happened in logs of crowds.
struct CrowdFigures {
  std::uint64_t logs = 0;
  std::uint64_t lives = 0;
  std::uint64_t killed = 0;
  std::uint64_t calls = 0;    ///< Acknowledged.
  std::uint64_t rescued = 0;  ///< Not acknowledged, and there.
  std::uint64_t rounds = 0;
  std::uint64_t views = 0;  ///< Of readers beside the writers.

  [[nodiscard]] std::string text() const;
};

/// What a check that is worth something must find.
struct CrowdMutant {
  crash::ModelRule rule = crash::apply_once;
  bool acks_early = false;
};

/// A fresh log with a few lives of crowds; after each it is compared with the model.
class CrowdLog {
 public:
  CrowdLog(std::uint64_t seed, CrowdFigures& figures, const CrowdMutant& mutant = {});

  /// Returns what is wrong and the history of the client that shows it, or nothing.
  [[nodiscard]] std::string run();

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  [[nodiscard]] CrowdLife next_life();
  [[nodiscard]] std::string run_life(const CrowdLife& life);
  /// Compares the log with what `life` may have left, and goes on from what is there.
  [[nodiscard]] std::string compare(const CrowdLife& life, const CrowdProgress& progress);
  [[nodiscard]] std::string compare_writer(std::size_t writer, const CrowdLife& life,
                                           const CrowdProgress::Writer& progress,
                                           ShownClients shown, const ShownClients& answered);
  [[nodiscard]] std::string compare_names(WriteAheadLog& log) const;

  std::mt19937_64 random_;
  CrowdFigures& figures_;
  TemporaryDirectory directory_;
  CrowdSetup setup_;
  std::vector<CrowdPlanner> planners_;
  CrowdPasts pasts_;
  /// Begun in the last life and not acknowledged: they come again.
  std::array<std::vector<Transaction>, kCrowdWriters> open_;
};

}  // namespace seawall::process
