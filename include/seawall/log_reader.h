#pragma once

/// \file
/// Reading a log without owning it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall {

/// Everything durable about one client.
struct ClientExport {
  std::string client;
  Lsn lsn;                           ///< Its last record.
  std::optional<std::string> state;  ///< Nothing when ended with `keep_ids`, or `raw` is set.
  std::vector<ProducerIds> ids;      ///< Sorted by producer.
  bool ended = false;                ///< Cleared with `keep_ids`.
  bool raw = false;                  ///< The reader has no interpreter: see base and deltas.
  std::string base;                  ///< Serialized state of the last checkpoint, when raw.
  std::vector<std::string> deltas;   ///< Later deltas in LSN order, when raw.
};

/// One operation of one record, for `dump`.
struct DumpedOperation {
  Operation::Kind kind = Operation::Kind::kApply;
  std::string client;
  std::string producer;
  BatchId id;
  std::string data;
  bool keep_ids = false;
};

/// One record of the log.
struct DumpedRecord {
  Lsn lsn;
  Place place;
  bool durable = false;  ///< Below the durable mark; else appended and not proven durable.
  std::vector<DumpedOperation> operations;
};

/// What `verify` found.
struct VerifyReport {
  std::uint64_t groups = 0;
  std::uint64_t records = 0;
  std::uint64_t checkpoint_objects = 0;
  std::uint64_t checkpoint_entries = 0;
  std::uint64_t torn_bytes = 0;  ///< Behind the end of the log; never acknowledged.
  /// Clients that an earlier quarantine or repair found not to be whole, sorted.
  std::vector<std::string> quarantined;
  bool unknown_quarantined = false;  ///< And every client the log knows nothing of.
  /// Everything damaged that can be told apart, and whom it concerns.
  std::vector<DamageReport> damage;
};

/// A view of a log as it was when opened: with a writer alive, the records it had made durable;
/// without one, what recovery would keep. Takes no lock and writes nothing.
///
/// Thread safety: used by one thread at a time.
class LogReader {
 public:
  /// Opens `base_dir/service_name` and loads it. `state_interpreter` may be null: states are then
  /// raw. With `kQuarantine` a damaged log is shown as far as it is proven whole, calls on other
  /// clients fail with `kCorrupt`. Errors: `kNotFound` no completed log; `kCorrupt`;
  /// `kUnsupported`; `kIo`; `kInvalidArgument` the log was made with another interpreter.
  [[nodiscard]] static Result<std::unique_ptr<LogReader>> open(
      std::shared_ptr<const StateInterpreterInterface> state_interpreter,
      const std::shared_ptr<StorageInterface>& storage, const std::string& service_name,
      const std::string& base_dir, DamagePolicy damage_policy = DamagePolicy::kRefuse);

  /// Returns the id of the interpreter the log at `base_dir/service_name` was made with.
  [[nodiscard]] static Result<std::string> interpreter_id(
      const std::shared_ptr<StorageInterface>& storage, const std::string& service_name,
      const std::string& base_dir);

  /// Walks the log's records in LSN order; stops when `visit` returns false. Checkpointed records
  /// are no longer in the log. Errors: also `kBusy` when a writer changed the log after the first
  /// `visit`: call again.
  [[nodiscard]] static Result<void> dump(const std::shared_ptr<StorageInterface>& storage,
                                         const std::string& service_name,
                                         const std::string& base_dir,
                                         const std::function<bool(const DumpedRecord&)>& visit);

  /// Reads and checks every byte of the log and of the checkpoints, going on past damage; beside a
  /// writer, what was durable when it began. Damage is in the report; errors are `kNotFound`,
  /// `kUnsupported`, `kIo`.
  [[nodiscard]] static Result<VerifyReport> verify(const std::shared_ptr<StorageInterface>& storage,
                                                   const std::string& service_name,
                                                   const std::string& base_dir);

  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  /// Returns the client's merged state, nothing when unknown or cleared. Errors as
  /// `WriteAheadLog::retrieve`; `kInterpreter` when the reader has no interpreter.
  [[nodiscard]] Result<std::optional<std::string>> retrieve(std::string_view client_id);

  /// Returns everything about one client; nothing when unknown or cleared without `keep_ids`.
  [[nodiscard]] Result<std::optional<ClientExport>> export_client(std::string_view client_id);

  /// Returns the clients that have a current life and are not quarantined, sorted; with `ended`
  /// also those ended with `keep_ids`.
  [[nodiscard]] std::vector<std::string> clients(bool ended = false) const;

  /// Returns the clients known by name that may have lost records, sorted.
  [[nodiscard]] std::vector<std::string> quarantined_clients() const;

  /// Returns whether clients the log knows nothing of may have lost records, too.
  [[nodiscard]] bool unknown_quarantined() const;

  /// Returns the last LSN this view shows.
  [[nodiscard]] Lsn lsn() const;

  /// Returns figures of the log: clients, checkpoints, bytes.
  [[nodiscard]] struct ReaderStats stats() const;

 private:
  class Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Figures of a log, for `stat`.
struct ReaderStats {
  std::uint64_t clients = 0;
  std::uint64_t ended_clients = 0;
  Lsn lsn;  ///< Last LSN shown.
  std::uint64_t manifest_number = 0;
  std::uint64_t checkpoint_objects = 0;
  std::uint64_t checkpoint_bytes = 0;       ///< Size of the checkpoint objects.
  std::uint64_t checkpoint_live_bytes = 0;  ///< The part of it that is current.
  std::uint64_t tail_records = 0;           ///< Records after the last checkpoint.
  std::uint64_t torn_bytes = 0;
  std::string interpreter_id;
  VolumeStats volume;
};

}  // namespace seawall
