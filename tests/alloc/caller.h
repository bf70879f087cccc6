#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "alloc/tested_log.h"
#include "crash/model.h"

namespace seawall::alloc {

/// Whose calls may fail at any moment. It knows what its clients must be: what it was told is
/// durable, and what came to nothing, exactly; of calls that were poisoned, each whole or not at
/// all, in order.
///
/// Used by one thread; nobody else names its clients.
class Caller {
 public:
  /// Errors that a call may end with although nothing is wrong; then nothing has changed.
  using Refusals = std::set<Errc>;

  explicit Caller(Refusals refusals = {}) : refusals_(std::move(refusals)) {}
  void allow(Refusals refusals) { refusals_ = std::move(refusals); }

  /// Calls that wait until they are durable.
  void commit(TestedLog& log, const std::vector<crash::ModelOperation>& operations);
  /// Calls that do not, ended by `wait`.
  void submit(TestedLog& log, const std::vector<crash::ModelOperation>& operations);
  void submit_many(TestedLog& log,
                   const std::vector<std::vector<crash::ModelOperation>>& transactions);
  void wait(TestedLog& log);
  void checkpoint(TestedLog& log);

  /// Reads every client it ever named and each of its ids.
  void read(TestedLog& log);

  /// Decides, on a log that was opened again, what came of the calls whose outcome was unknown.
  void settle(TestedLog& log);

  /// Returns what is wrong, empty when nothing is.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] bool poisoned() const { return poisoned_; }
  /// Returns how many calls were refused.
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  [[nodiscard]] std::vector<Outcome> expect(const std::vector<crash::ModelOperation>& operations,
                                            crash::Model& next);
  void refuse(const std::string& call, const Error& error);
  [[nodiscard]] std::string differs(TestedLog& log, const crash::Model& model, bool allow_refusals);
  void fail(std::string text);

  Refusals refusals_;
  crash::Model durable_;  ///< What is certain.
  crash::Model latest_;   ///< And what is in flight.
  std::vector<std::vector<crash::ModelOperation>> in_flight_;
  std::set<std::string> names_;
  std::set<std::pair<std::string, BatchId>> ids_;
  Lsn last_;
  std::string wrong_;
  bool poisoned_ = false;
  std::size_t refused_ = 0;
};

}  // namespace seawall::alloc
