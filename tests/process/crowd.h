#pragma once

/// \file
/// Threads on one log of real files for the length of one life.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/write_ahead_log.h"

#include "crash/hooked_storage.h"
#include "process/crowd_past.h"
#include "process/crowd_plan.h"
#include "process/crowd_progress.h"

namespace seawall::process {

/// How a life is run. All of them open the same log.
struct CrowdSetup {
  std::string base_dir;
  Options options;
  FileSystemStorageOptions storage;
  bool merges_in_background = true;
  bool acks_early = false;  ///< Wrong: submitted calls are acknowledged before they are durable.

  /// `hooks` are called between the steps of each round, and outlive the log.
  [[nodiscard]] Result<std::unique_ptr<WriteAheadLog>> open(crash::VolumeHooks& hooks) const;
  [[nodiscard]] Result<std::unique_ptr<LogReader>> read() const;
  [[nodiscard]] Result<VerifyReport> verify() const;
};

/// How a life ends.
enum class CrowdEnd : std::uint8_t {
  kClosed,
  kDestroyed,  ///< Without `close`.
  kKilled,     ///< By SIGKILL as one of the writers takes a step.
};

struct CrowdLife {
  CrowdPlan calls;
  CrowdEnd end = CrowdEnd::kClosed;
  std::uint64_t kill_at_step = 0;  ///< 0: not killed.
  bool has_readers = true;         ///< Readers look on beside the writers.
};

using CrowdPasts = std::array<CrowdPast, kCrowdWriters>;

/// Writers with their own clients, a thread that checkpoints without pause, one that reads through
/// the log and one that opens it as a reader. Used for one life.
class Crowd {
 public:
  Crowd(const CrowdSetup& setup, const CrowdLife& life, const CrowdPasts& pasts,
        CrowdProgress& progress);

  /// Runs the life to its end. What is wrong is noted in the progress.
  void run();

 private:
  void run_threads(WriteAheadLog& log);
  /// Gives the writers a few calls' time in the middle of a round.
  void pause();
  /// Calls `step` again and again until the writers are done.
  void repeat(const std::function<void()>& step);
  void look(WriteAheadLog& log);
  void read();
  void check_view(LogReader& reader, const std::array<std::size_t, kCrowdWriters>& least);

  const CrowdSetup& setup_;
  crash::VolumeHooks hooks_;
  const CrowdLife& life_;
  const CrowdPasts& pasts_;
  CrowdProgress& progress_;
  std::array<std::vector<Transaction>, kCrowdWriters> transactions_;
  std::atomic<bool> done_ = false;
  std::atomic<std::uint64_t> pauses_ = 0;
};

}  // namespace seawall::process
