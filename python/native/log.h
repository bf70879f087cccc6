#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <sys/types.h>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "call_gate.h"
#include "durable_signal.h"
#include "interpreter.h"

namespace seawall::python {

/// `seawall._native.Storage`: any storage of the engine.
struct Storage {
  std::shared_ptr<StorageInterface> value;
};

/// `seawall._native.Log`: a log as seawall.WriteAheadLog uses it. Each call checks that this is the
/// process that opened the log, that the log is open and that no merge of this thread calls it;
/// then it gives up the GIL for as long as it is in the engine. Errors are raised.
///
/// Thread safety: all methods may be called from any thread that holds the GIL, `close` too: it
/// waits for the calls under way.
class Log {
 public:
  Log(const Interpreter& interpreter, const Storage& storage, const std::string& service_name,
      const std::string& base_dir, const nanobind::dict& options);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  /// Closes. In a forked child it leaves the parent's log alone.
  ~Log();

  /// Returns (lsn, outcome).
  nanobind::tuple persist(nanobind::handle client, nanobind::handle data, nanobind::handle id,
                          nanobind::handle producer);
  nanobind::tuple submit(nanobind::handle client, nanobind::handle data, nanobind::handle id,
                         nanobind::handle producer);
  nanobind::tuple clear(nanobind::handle client, bool keep_ids, nanobind::handle id,
                        nanobind::handle producer);
  /// Persists tuples (client, data, id, producer); returns one (lsn, outcome) for each.
  nanobind::list persist_many(const nanobind::list& items);
  /// Commits tuples (client, data, id, producer) and, for a clear, (client, None, id or None,
  /// producer, keep_ids), all or nothing. Returns (lsn, outcomes).
  nanobind::tuple batch(const nanobind::list& items);
  /// Submits what `batch` takes; returns the LSN that makes it durable, and how many operations
  /// are committed, duplicate, cleared.
  nanobind::tuple submit_batch(const nanobind::list& items);
  /// Submits lists of what `batch` takes, in order, each list all or nothing, up to the first that
  /// is refused for whatever reason; returns how many lists were not, the highest of their LSNs,
  /// and how many of their operations are committed, duplicate, cleared. To submit the one that was
  /// refused alone tells why.
  nanobind::tuple submit_many(const nanobind::list& messages);

  /// Returns the state's bytes, or None. Raises what the interpreter raised.
  nanobind::object retrieve(nanobind::handle client);
  bool seen(nanobind::handle client, nanobind::handle id, nanobind::handle producer);
  nanobind::list clients();
  nanobind::dict stats();
  void checkpoint();
  void close();
  [[nodiscard]] bool closed() const { return gate_.closed(); }

  /// Returns whether `lsn` is durable, after at most `timeout_s`; without one, waits. Raises when
  /// the log failed or was closed before.
  bool wait(std::uint64_t lsn, std::optional<double> timeout_s);
  [[nodiscard]] std::uint64_t durable_lsn() const { return signal_.durable().value; }
  /// Returns the highest LSN that `submit` returned.
  [[nodiscard]] std::uint64_t submitted_lsn() const { return submitted_.value; }
  /// Blocks until more than `lsn` is durable, or no more will be. Returns (durable, ended).
  nanobind::tuple wait_after(std::uint64_t lsn);
  /// Raises what poisoned the log, if something did.
  void check_health();
  /// Returns whether nothing more will become durable.
  [[nodiscard]] bool ended() const { return signal_.ended(); }

  void add_wakeup(int event_fd) { signal_.add_wakeup(event_fd); }
  void remove_wakeup(int event_fd) { signal_.remove_wakeup(event_fd); }
  void arm(int event_fd) { signal_.arm(event_fd); }

 private:
  /// Runs `action(log)` without the GIL, once the call is found to be allowed.
  template <class Action>
  auto run(Action action);
  static std::vector<Operation> operations_of(const nanobind::list& items);
  static Operation apply_of(nanobind::handle item);
  static Operation operation_of(nanobind::handle item);
  [[nodiscard]] nanobind::tuple answer(Lsn lsn, Outcome outcome) const;
  void check_process() const;
  DurableSignal::View view_after(Lsn lsn, std::chrono::microseconds timeout);

  const pid_t pid_;
  CallGate gate_;
  CallGate waits_;
  DurableSignal signal_{Lsn{}};
  std::array<nanobind::object, 3> outcomes_;  ///< Their names, by value.
  Lsn submitted_;                             ///< Guarded by the GIL.
  std::mutex close_mutex_;
  std::unique_ptr<WriteAheadLog> log_;
};

}  // namespace seawall::python
