#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::alloc {

/// A log whose calls count for the shortage of memory, while the test's own code around them does
/// not: the public one with its threads, or the engine without any.
class TestedLog {
 public:
  /// Where and how a log is opened.
  struct Place {
    std::shared_ptr<StorageInterface> storage;
    VolumeName name;
    Options options;
    bool threaded = true;
  };

  [[nodiscard]] static Result<std::unique_ptr<TestedLog>> open(
      const std::shared_ptr<const StateInterpreterInterface>& interpreter, const Place& place);

  TestedLog() = default;
  TestedLog(const TestedLog&) = delete;
  TestedLog& operator=(const TestedLog&) = delete;
  virtual ~TestedLog() = default;

  /// A single operation goes through `persist` or `clear`, several through `batch`.
  [[nodiscard]] virtual Result<BatchReceipt> commit(std::span<const Operation> operations) = 0;
  [[nodiscard]] virtual Result<BatchTicket> submit(std::span<const Operation> operations) = 0;
  [[nodiscard]] virtual ManyTicket submit_many(
      std::span<const std::span<const Operation>> transactions) = 0;
  [[nodiscard]] virtual Result<void> wait(Lsn lsn) = 0;
  [[nodiscard]] virtual Result<std::optional<std::string>> retrieve(std::string_view client) = 0;
  [[nodiscard]] virtual Result<bool> seen(std::string_view client, const BatchId& id,
                                          std::string_view producer) = 0;
  [[nodiscard]] virtual Result<void> checkpoint() = 0;
  [[nodiscard]] virtual Result<void> close() = 0;
  virtual void on_durable(WriteAheadLog::DurableCallback callback) = 0;
  /// These may throw bad_alloc.
  [[nodiscard]] virtual std::vector<std::string> clients() = 0;
  [[nodiscard]] virtual LogStats stats() = 0;
  [[nodiscard]] virtual Lsn durable() = 0;
};

}  // namespace seawall::alloc
