#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "crash/model.h"
#include "process/crowd_plan.h"
#include "process/crowd_progress.h"

namespace seawall::process {

struct CrowdWriterSetup {
  std::size_t number = 0;
  std::uint64_t kill_at_step = 0;  ///< The crowd's step at which the process is killed; 0: never.
  bool acks_early = false;         ///< See `CrowdSetup`.
};

/// Makes one writer's calls in a thread of its own and holds each answer against the model. It
/// stops when any thread of the crowd has failed.
class CrowdWriter {
 public:
  /// `model` is what the log holds of this writer's clients.
  CrowdWriter(WriteAheadLog& log, crash::Model model, const CrowdWriterSetup& setup,
              CrowdProgress& progress)
      : log_(log), model_(std::move(model)), setup_(setup), progress_(progress) {}

  void work(const CrowdCalls& calls);

 private:
  /// What a submitted call waits for.
  struct Pending {
    Ticket ticket;
    std::size_t transactions = 1;
  };

  bool call(const CrowdCall& call);
  bool block(const Transaction& transaction);
  bool submit(const Transaction& transaction);
  bool submit_many(const std::vector<Transaction>& transactions);
  bool drain(std::size_t keep);
  bool look(const std::vector<std::string>& clients);
  bool check_answer(const Transaction& transaction, const std::vector<Outcome>& outcomes, Lsn lsn);
  /// Returns whether a call that was refused may be made again: nothing of it is written.
  bool may_repeat(const Error& error);
  void begin(std::size_t transactions);
  void acknowledge(std::size_t transactions);
  void step();
  bool wrong(const std::string& text);

  WriteAheadLog& log_;
  crash::Model model_;
  CrowdWriterSetup setup_;
  CrowdProgress& progress_;
  std::vector<Pending> pending_;
  Lsn last_;  ///< Of the newest answer `committed`.
};

}  // namespace seawall::process
