#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

#include "crash/model.h"
#include "engine/log_engine.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {

/// One simulated machine with a log on it, and the model of what the log must hold.
class World {
 public:
  /// Returns the file system the log gets instead of `machine`; for showing that checks can fail.
  using Wrap =
      std::shared_ptr<storage::FileSystem> (*)(std::shared_ptr<storage::FileSystem> machine);

  World(std::shared_ptr<storage::SimulatedFileSystem> machine, std::uint64_t seed,
        Wrap wrap = nullptr);

  /// Opens the log and compares it with the model: everything acknowledged is there once, and what
  /// was not is there wholly or not at all, in LSN order. Returns what is wrong, empty when all is
  /// well. An error of `open` while the machine is off is no fault; `opened()` tells.
  [[nodiscard]] std::string open_and_check();
  [[nodiscard]] bool opened() const { return engine_ != nullptr; }

  /// Does `steps` random operations, or fewer when one fails because the machine went off. Returns
  /// what is wrong, empty when all is well.
  [[nodiscard]] std::string work(int steps);

  /// Ends the process: nothing is closed properly.
  void abandon();

  /// Returns a copy of this world on `machine`, with no process running.
  [[nodiscard]] World on(std::shared_ptr<storage::SimulatedFileSystem> machine) const;

  [[nodiscard]] storage::SimulatedFileSystem& machine() { return *machine_; }
  [[nodiscard]] Lsn acknowledged() const { return acknowledged_; }
  [[nodiscard]] const Model& model() const { return model_; }

 private:
  std::string compare();
  std::string step();
  std::string submit(const std::vector<ModelOperation>& operations);
  std::string wait_all();
  ModelOperation random_operation();
  [[nodiscard]] Model model_at(Lsn lsn) const;

  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  std::mt19937_64 random_;
  std::uint64_t seed_;
  Wrap wrap_;
  std::unique_ptr<engine::LogEngine> engine_;
  std::vector<std::vector<ModelOperation>> records_;  ///< By LSN, from 1: what each committed.
  Model model_;                                       ///< After all of `records_`.
  Lsn acknowledged_;
  bool failed_ = false;  ///< An operation failed: the machine is off.
};

}  // namespace seawall::crash
