#pragma once

/// \file
/// Wires the modules together; the only place that knows the whole order.
///
///   submit: check, format, encode -> lock admission -> room -> decide per operation -> enqueue
///   commit: append (durable) -> tail, fold -> publish -> wake -> callback -> retire what was in
///   flight background: prepare space, flush marks; checkpoint round when the tail is long open:
///   acquire -> recover::load -> start -> manifest of a new log -> commit thread

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
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

#include "checkpoint/object_table.h"
#include "checkpoint/taken_clients.h"
#include "checkpoint/victims.h"
#include "commit/group_commit.h"
#include "engine/background.h"
#include "engine/draft.h"
#include "engine/durable_callback.h"
#include "engine/guarded_interpreter.h"
#include "engine/round_figures.h"
#include "engine/user_code.h"
#include "engine/volume_body_loader.h"
#include "format/manifest.h"
#include "format/record.h"
#include "recover/load.h"
#include "state/client_table.h"
#include "state/in_flight.h"
#include "state/live_states.h"
#include "state/tail.h"

namespace seawall::engine {

struct EngineConfig {
  Options options;
  /// False: no threads; commits and chores happen in the caller's, so that runs repeat exactly.
  bool threaded = true;
};

/// Thread safety: as WriteAheadLog.
class LogEngine final : public commit::GroupSink, public Chores {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LogEngine>> open(
      std::shared_ptr<const StateInterpreterInterface> interpreter,
      std::shared_ptr<StorageInterface> storage, const VolumeName& name,
      const EngineConfig& config);
  LogEngine(const LogEngine&) = delete;
  LogEngine& operator=(const LogEngine&) = delete;
  ~LogEngine() override;

  /// Starts one transaction and has it committed without anyone waiting. `outcomes`, when given,
  /// gets one outcome per operation.
  [[nodiscard]] Result<Ticket> submit(std::span<const Operation> operations,
                                      std::vector<Outcome>* outcomes);
  /// Starts several, in order, up to the first that is refused; the commit thread hears of them
  /// once, so that they share a group.
  [[nodiscard]] ManyTicket submit_many(std::span<const std::span<const Operation>> transactions);
  /// As `submit`, and waits until it is durable.
  [[nodiscard]] Result<Ticket> commit(std::span<const Operation> operations,
                                      std::vector<Outcome>* outcomes);
  [[nodiscard]] Result<void> wait(Lsn lsn);
  [[nodiscard]] Lsn durable_lsn() const { return commit_->durable(); }
  void on_durable(WriteAheadLog::DurableCallback callback);
  void listen(DurableListener* listener);

  [[nodiscard]] Result<std::optional<std::string>> retrieve(std::string_view client);
  [[nodiscard]] std::vector<std::string> clients();
  [[nodiscard]] Result<bool> seen(std::string_view client, const BatchId& id,
                                  std::string_view producer);
  [[nodiscard]] std::vector<std::string> quarantined_clients();
  [[nodiscard]] Result<void> checkpoint();
  [[nodiscard]] LogStats stats();
  [[nodiscard]] Result<void> close();

  // commit::GroupSink
  void fold(Lsn first_lsn, std::string group) override;
  [[nodiscard]] bool retire_locked(Lsn durable) noexcept override;
  void published(Lsn durable, const Error* poisoned) noexcept override;
  [[nodiscard]] bool wants_reports() const noexcept override { return callback_.is_set(); }
  void report(Lsn durable, const Error* poisoned) noexcept override;

  // Chores
  void do_chores(std::uint64_t now_us) override;

 private:
  LogEngine(std::shared_ptr<const GuardedInterpreter> interpreter,
            std::shared_ptr<StorageInterface> storage, std::unique_ptr<StorageVolume> volume,
            const EngineConfig& config);

  [[nodiscard]] static Result<std::unique_ptr<LogEngine>> open_once(
      std::shared_ptr<const GuardedInterpreter> interpreter,
      std::shared_ptr<StorageInterface> storage, const VolumeName& name,
      const EngineConfig& config);
  /// Fills `folding_places_` for `folding_`.
  void find_places(state::InFlight::Clients& clients);
  Result<void> recover();
  /// Reads every state: with a quarantine, unread bytes prove nothing.
  Result<void> read_states();
  Result<void> publish_first_manifest(const recover::Recovered& recovered);
  /// Removes the objects that no manifest names: a round that was cut off left them.
  Result<void> remove_orphans(const recover::Recovered& recovered);
  void start_commit(const recover::Recovered& recovered);

  /// Refuses a read of a closed log, and one that user code may not make.
  [[nodiscard]] Result<void> admit(LogCall call) const;
  /// Checks and formats a call, outside of any lock.
  Result<void> prepare(std::span<const Operation> operations, Draft& draft);
  Result<void> format_all(std::span<const Operation> operations, Draft& draft) const;
  /// Refuses quarantined clients, but for a clear that is a decision and not a message.
  Result<void> check_quarantine(std::span<const Operation> operations);
  /// Holds a caller back while the log is longer than its bound.
  void throttle();
  /// Decides the call and enqueues what is to be committed of it.
  Result<Ticket> enqueue_locked(std::unique_lock<std::mutex>& lock,
                                std::span<const Operation> operations, Draft& draft,
                                std::vector<Outcome>* outcomes);
  /// Decides every operation. Returns what a duplicate waits for.
  Lsn decide_locked(std::span<const Operation> operations, Draft& draft);

  /// Returns the time before which ids have expired, by the clock of the durable groups.
  [[nodiscard]] std::uint64_t oldest_id_us() const;

  [[nodiscard]] std::uint64_t due_bytes_wanted() const;
  [[nodiscard]] bool round_is_due();
  Result<void> run_round();
  Result<void> run_within_limits(bool& outcome_unknown);
  Result<void> run_round_locked(bool& outcome_unknown);
  /// Poisons the log when the volume writes nothing any more, whoever came across it.
  void hear_of_the_volume();
  /// Does the background thread's work when there is none.
  void do_chores_inline();
  void erase_forgotten(std::span<state::NamedClient* const> forgotten);

  const EngineConfig config_;
  const std::shared_ptr<const GuardedInterpreter>
      interpreter_;  ///< Stands for the log in UserCode.
  const std::shared_ptr<StorageInterface> storage_;
  const std::unique_ptr<StorageVolume> volume_;

  state::ClientTable table_;
  state::Tail tail_;
  VolumeBodyLoader loader_;
  state::LiveStates states_;
  state::InFlight in_flight_;   ///< Under the admission lock.
  format::RecordView folding_;  ///< Scratch of `fold`, as the next.
  std::vector<state::ClientTable::Place> folding_places_;
  std::atomic<std::uint64_t> retention_us_ = 0;  ///< Of the last durable group.
  std::unique_ptr<commit::GroupCommit> commit_;

  std::mutex round_mutex_;  ///< One round at a time; guards the next four.
  checkpoint::ObjectTable objects_;
  checkpoint::Backlog backlog_;
  checkpoint::RoundLimits limits_;
  std::optional<format::Quarantine> quarantine_;
  Lsn round_lsn_;  ///< What the last round covered.
  RoundFigures round_figures_;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> round_not_before_us_ = 0;
  std::uint64_t round_retry_us_ = 0;  ///< How long `do_chores` waits after rounds that failed.
  std::atomic<bool> round_failing_ = false;
  std::atomic<bool> is_short_of_space_ = false;  ///< Rounds rewrite less than they would.
  std::atomic<bool> in_round_ = false;  ///< A round is under way; others need not begin one.
  std::mutex throttle_mutex_;
  std::condition_variable round_done_;

  DurableCallback callback_;
  std::mutex listener_mutex_;
  DurableListener* listener_ = nullptr;

  std::uint64_t recovered_records_ = 0;
  std::uint64_t recovery_us_ = 0;
  std::uint64_t inline_us_ = 0;  ///< Stands for time when there are no threads.
  std::atomic<bool> closed_ = false;
  std::atomic<bool> has_quarantine_ = false;
  std::unique_ptr<Background> background_;
};

}  // namespace seawall::engine
