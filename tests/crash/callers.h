#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/model.h"
#include "crash/world.h"
#include "engine/log_engine.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

/// Four to eight threads on one log of a simulated machine, whose device fails at some append. The
/// seed decides what each thread calls, where the device fails and how, and where threads give way
/// to one another; the schedule itself is the system's.
///
/// Used once.
class Callers {
 public:
  explicit Callers(std::uint64_t seed, Mutant::Files (*file_system)(Mutant::Files) = nullptr);

  /// Runs the threads until each is done or was refused, cuts the power, recovers, and compares.
  /// Returns what is wrong, empty when all is well. Never returns when a waiter is forgotten.
  [[nodiscard]] std::string run();

  /// Returns whether the device's failure came up.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  /// One thread's view.
  struct Caller {
    std::uint64_t number = 0;
    Workload workload;
    Model model;  ///< Of what this thread calls: nobody else sends its ids.
    std::uint64_t next_id = 0;
    Lsn last;          ///< Of its last committed call.
    Lsn acknowledged;  ///< All of its calls up to here.
    std::string wrong;
  };

  [[nodiscard]] Result<std::unique_ptr<engine::LogEngine>> open(bool threaded);
  void fail_somewhere();
  void call_until_refused(Caller& caller);
  bool call(Caller& caller);
  [[nodiscard]] std::vector<ModelOperation> next_call(Caller& caller) const;
  std::string compare(engine::LogEngine& log, Lsn acknowledged);
  static std::string compare_client(engine::LogEngine& log, const std::string& name,
                                    const ModelClient& client);

  std::uint64_t seed_;
  Mutant::Files (*file_system_)(Mutant::Files);
  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  std::unique_ptr<engine::LogEngine> log_;
  std::mutex mutex_;
  std::map<Lsn, std::vector<ModelOperation>> records_;  ///< What each LSN committed.
  bool failed_ = false;
};

}  // namespace seawall::crash
