#pragma once

/// \file
/// The front door of Seawall: durable, idempotent state per client.
/// Data path: persist -> commit -> storage -> fold -> receipt (docs/architecture.md).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/data_persistence_interface.h"
#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall {

/// Figures of an open log.
struct LogStats {
  Lsn appended;                             ///< Last LSN given out.
  Lsn durable;                              ///< Last durable LSN.
  std::uint64_t clients = 0;                ///< Clients with a current life.
  std::uint64_t quarantined_clients = 0;    ///< Known by name, and perhaps not whole.
  bool unknown_quarantined = false;         ///< Clients the log knows nothing of are refused.
  std::uint64_t live_states = 0;            ///< States held in memory.
  std::uint64_t live_state_bytes = 0;       ///< Their memory.
  std::uint64_t tail_bytes = 0;             ///< Log after the last checkpoint.
  std::uint64_t checkpoint_objects = 0;     ///< Checkpoint objects alive.
  std::uint64_t checkpoint_bytes = 0;       ///< Their size.
  std::uint64_t checkpoint_live_bytes = 0;  ///< The part of it that is current.
  std::uint64_t checkpoint_rounds = 0;      ///< Rounds published since open.
  std::uint64_t groups = 0;                 ///< Groups committed since open.
  std::uint64_t recovered_records = 0;      ///< Records replayed by open.
  std::uint64_t recovery_us = 0;            ///< Time `open` took, microseconds.
  std::optional<Error> checkpoint_error;    ///< Why the last background round failed, if it did.
  std::optional<Error> callback_error;      ///< What `on_durable`'s callback last threw.
  VolumeStats volume;
};

/// Hears of durability on the very thread that commits, which may be a caller's inside `persist`,
/// before the next group may begin: to wake others at the least cost. `on_durable` is for anything
/// else.
class DurableListener {
 public:
  DurableListener() = default;
  DurableListener(const DurableListener&) = delete;
  DurableListener& operator=(const DurableListener&) = delete;
  virtual ~DurableListener() = default;

  /// Hears of a group: the new durable LSN; or of the last one and the error that poisoned the log,
  /// once. Must not block, wait for a lock that is held while the log is called, nor call the log.
  virtual void on_group(Lsn durable, const Error* poisoned) noexcept = 0;
};

/// One log of per-client state, owned by one process at a time.
///
/// Thread safety: all methods may be called from any thread, except that nothing may be called
/// during destruction. A forked child may not use a log it inherited.
///
/// After `close`, also one that runs meanwhile, what would write and `retrieve`, `seen` and
/// `checkpoint` fail with `kClosed`; the other methods answer as of the close.
///
/// Exceptions: none leave a method that returns a Result or a ManyTicket. When memory or threads
/// run short, and when an interpreter throws, before the call has an LSN: `kExhausted`,
/// `kInterpreter`, and nothing has changed. After it: the log is poisoned. Methods that return
/// neither may throw bad_alloc, having changed nothing (docs/design/0010-exceptions.md).
///
/// Interpreters and callbacks may call the log that calls them where that cannot deadlock, and get
/// `kInvalidArgument` elsewhere. `format` may make any call. A callback may submit, retrieve and
/// checkpoint, but not wait for durability nor close. While a state is parsed, merged, serialized
/// or destroyed only submits and `seen`, `clients`, `stats` and their like are allowed.
class WriteAheadLog final : public DataPersistenceInterface {
 public:
  /// Called on the commit thread, a thread of the log's own, after each group, or after several
  /// that became durable while it was not back yet: the new durable LSN; or the last one and the
  /// error that poisoned the log, once. Commits of records that nobody waits for are held up while
  /// it runs. What it throws is dropped, and kept in `stats().callback_error`.
  using DurableCallback = std::function<void(Lsn durable, const Error* poisoned)>;

  /// Opens or creates the log `base_dir/service_name`, recovers it, and fences earlier owners.
  /// Time: the checkpoints' indexes plus one sequential read of the log after the last round.
  ///
  /// Errors: `kInvalidArgument` bad name or option, or a log made with another interpreter;
  /// `kLocked` another process owns it; `kCorrupt` acknowledged bytes are damaged (never a torn
  /// tail: that is cut): run `seawall verify`, or see `Options::damage_policy`; `kUnsupported`
  /// newer format; `kNoSpace`, `kIo`.
  [[nodiscard]] static Result<std::unique_ptr<WriteAheadLog>> open(
      std::shared_ptr<const StateInterpreterInterface> state_interpreter,
      std::shared_ptr<StorageInterface> storage, const std::string& service_name,
      const std::string& base_dir, const Options& options = {});

  /// Closes without a report; call `close` to learn of errors. Nothing acknowledged depends on it.
  ~WriteAheadLog() override;

  /// Merges `data` into `client_id`'s state, exactly once per (`client_id`, producer "",
  /// `batch_id`) of the client's life. `data` is borrowed until return. Blocks for about one device
  /// flush.
  ///
  /// Durability: a returned receipt survives process kill and power loss (docs/guarantees.md, D1).
  /// After an error the record may or may not survive; the same id may always be sent again (E1).
  ///
  /// Errors: `kInvalidArgument` fix the call; `kInterpreter` or another code from `format` fix the
  /// data; `kBusy`, `kNoSpace`, `kIo` (no space could be prepared) nothing was written, call again
  /// later; `kPoisoned` a flush failed, close and open again; `kFenced` exit; `kCorrupt` the client
  /// is quarantined.
  [[nodiscard]] Result<Receipt> persist(std::string_view client_id, std::string_view data,
                                        const BatchId& batch_id) override;

  /// The same for ids numbered by `producer` (0 to 4,096 bytes).
  [[nodiscard]] Result<Receipt> persist(std::string_view client_id, std::string_view data,
                                        const BatchId& batch_id, std::string_view producer);

  /// Starts a persist and returns at once. The outcome holds once `ticket.lsn` is durable: see
  /// `wait`, `durable_lsn`, `on_durable`. May block while space is prepared. Errors as `persist`.
  [[nodiscard]] Result<Ticket> submit(std::string_view client_id, std::string_view data,
                                      const BatchId& batch_id, std::string_view producer = {});

  /// Blocks until everything up to `lsn` is durable. Errors: `kPoisoned`, `kFenced`;
  /// `kInvalidArgument` for an LSN never given out.
  [[nodiscard]] Result<void> wait(Lsn lsn);

  /// Waits for `ticket` and returns its receipt.
  [[nodiscard]] Result<Receipt> wait(const Ticket& ticket);

  /// Returns the last durable LSN. Never blocks.
  [[nodiscard]] Lsn durable_lsn() const;

  /// Sets what to call after each group; replaces the previous callback, which is not running any
  /// more on return. Called by the callback itself, or while a state is merged, it does not wait.
  /// A call that commits alone wakes the commit thread for it, a few microseconds.
  void on_durable(DurableCallback callback);

  /// Sets who hears of each group at once; null for nobody. Borrowed until replaced or destruction.
  /// Blocks while the former one is being told.
  void listen(DurableListener* listener);

  /// Commits several operations, of any clients, all or nothing. Operations whose id is known drop
  /// out; the rest is one record. The same (client, producer, id) twice is `kInvalidArgument`.
  [[nodiscard]] Result<BatchReceipt> batch(std::span<const Operation> operations);

  /// Starts a batch and returns at once, as `submit` does.
  [[nodiscard]] Result<BatchTicket> submit_batch(std::span<const Operation> operations);

  /// Starts several transactions and returns at once: each as `submit_batch` starts it, in order,
  /// up to the first that is refused. Cheaper than one call each, and they share a flush. Errors,
  /// in `refusal`: as `persist`.
  [[nodiscard]] ManyTicket submit_many(std::span<const std::span<const Operation>> transactions);

  /// Returns the merge of every durable record of the client's life, as the interpreter's bytes;
  /// nothing when unknown or cleared. Does not wait for submits in flight. Errors: `kInterpreter`
  /// or what `merge` returned, the data is kept; `kCorrupt`, `kIo` on reading a checkpoint.
  [[nodiscard]] Result<std::optional<std::string>> retrieve(std::string_view client_id) override;

  /// Ends the client's life, durably: state and ids are forgotten, a new life may reuse ids.
  [[nodiscard]] Result<Receipt> clear(std::string_view client_id) override;

  /// The same with choices of its own. With `keep_ids` the client is ended for good: later
  /// persists get the outcome `cleared` until a plain clear. With an id, a redelivered clear is a
  /// duplicate and does not touch the next life.
  [[nodiscard]] Result<Receipt> clear(std::string_view client_id, bool keep_ids,
                                      const BatchId& batch_id = {}, std::string_view producer = {});

  /// Returns the clients that have a current life, sorted.
  [[nodiscard]] std::vector<std::string> clients() const;

  /// Returns the clients known by name that may have lost records, sorted: calls on them fail with
  /// `kCorrupt` until a `clear` without an id, or a repair (`Options::damage_policy`).
  [[nodiscard]] std::vector<std::string> quarantined_clients() const;

  /// Returns whether a durable record of the client's current life carries the id.
  /// Errors: `kCorrupt` for a quarantined client.
  [[nodiscard]] Result<bool> seen(std::string_view client_id, const BatchId& batch_id,
                                  std::string_view producer = {}) const;

  /// Writes a checkpoint of everything durable now and trims the log. Blocks until published. Not
  /// needed for durability; shortens the next open. Errors: `kNoSpace`, `kIo`, `kPoisoned`.
  [[nodiscard]] Result<void> checkpoint();

  [[nodiscard]] LogStats stats() const;

  /// Commits what is in flight and releases the log; refuses what comes later. A second call does
  /// nothing.
  [[nodiscard]] Result<void> close();

 private:
  class Impl;
  explicit WriteAheadLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace seawall
