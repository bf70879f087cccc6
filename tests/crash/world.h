#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/failing_interpreter.h"
#include "crash/hooked_storage.h"
#include "crash/model.h"
#include "crash/workload.h"
#include "engine/log_engine.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

/// What takes the place of the real thing where a check is shown to fail; null is the real thing.
struct Mutant {
  using Files = std::shared_ptr<storage::FileSystem>;
  using Storage = std::shared_ptr<StorageInterface>;

  Files (*file_system)(Files machine) = nullptr;
  Storage (*storage)(Storage storage) = nullptr;
  ModelRule rule = apply_once;
};

/// Returns whether the log of `seed` aligns its groups to pages, so that torn pages do no harm.
[[nodiscard]] bool aligns_to_pages(std::uint64_t seed);

/// One simulated machine with a log on it, and the model of what the log must hold.
///
/// Functions that return a string return what is wrong, empty when all is well. A call that fails
/// because the machine went off, or because of a fault or a full disk where those are expected, is
/// not wrong: it ends the work.
class World {
 public:
  World(std::shared_ptr<storage::SimulatedFileSystem> machine, std::uint64_t seed,
        const Mutant& mutant = {});

  /// Opens the log and compares it with the model: everything acknowledged is there once, and what
  /// was not is there wholly or not at all, in LSN order. What was recovered counts as acknowledged
  /// from then on. `opened()` tells whether an error that is not wrong came in between.
  [[nodiscard]] std::string open_and_check();
  [[nodiscard]] bool opened() const { return engine_ != nullptr; }

  /// Does `steps` random operations, fewer when one fails.
  [[nodiscard]] std::string work(int steps);

  /// From now on calls may fail with the errors of a failing device.
  void expect_faults(bool expected) { faults_expected_ = expected; }
  /// From now on calls may fail because something ran short: before they did anything, and the next
  /// one may succeed.
  void expect_shortage(bool expected) { shortage_expected_ = expected; }

  /// Ends the process where the machine is off or the process was killed: closing writes nothing.
  void abandon();
  /// Kills the process; the page cache stays.
  void kill();

  /// Returns a copy of this world on `machine`, with no process running.
  [[nodiscard]] World on(std::shared_ptr<storage::SimulatedFileSystem> machine) const;

  [[nodiscard]] storage::SimulatedFileSystem& machine() { return *machine_; }
  [[nodiscard]] Lsn acknowledged() const { return acknowledged_; }
  /// What must be visible: everything acknowledged.
  [[nodiscard]] const Model& model() const { return shown_; }

 private:
  [[nodiscard]] bool is_expected(const Error& error) const;
  [[nodiscard]] std::string judge(const std::string& what, const Error& error) const;
  std::string check_recovered();
  std::string compare();
  std::string compare_client(const std::string& name, const ModelClient& client);
  std::string compare_ids(const std::string& name, const ModelClient& client);
  std::string check_stopped();
  std::string step();
  std::string reopen();
  /// Has a round made, with calls between its steps or a merge that finds no memory.
  std::string checkpoint();
  /// Makes a few calls in the middle of a round that `checkpoint` began.
  void act_between_steps();
  std::string call(const std::vector<ModelOperation>& operations);
  std::string submit(const std::vector<ModelOperation>& operations);
  std::string note_outcomes(const std::vector<ModelOperation>& operations,
                            const std::vector<Outcome>& outcomes, Lsn lsn);
  std::string wait_all();
  void note_acknowledged();
  void turn_disk();

  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  Workload workload_;
  std::uint64_t seed_;
  Mutant mutant_;
  VolumeHooks hooks_;  ///< They know this world, which stays where it is while the log is open.
  std::unique_ptr<engine::LogEngine> engine_;
  std::vector<std::vector<ModelOperation>> records_;  ///< By LSN, from 1: what each committed.
  Model decided_;                                     ///< After all of `records_`.
  Model shown_;                                       ///< After those acknowledged.
  Lsn acknowledged_;
  bool failed_ = false;         ///< A call failed that ends the work.
  bool in_checkpoint_ = false;  ///< And calls are made between its steps.
  FoldsLeft folds_left_ = std::make_shared<std::uint64_t>(0);
  std::string wrong_between_;  ///< What went wrong between a round's steps.
  bool faults_expected_ = false;
  bool shortage_expected_ = false;
  bool disk_full_ = false;
};

}  // namespace seawall::crash
