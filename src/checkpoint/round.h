#pragma once

/// \file
/// A checkpoint round: what changed since the last one, and what lies in objects less than half
/// live, goes into new objects; then one manifest makes them current and lets the log be trimmed.
///
///   take dirty clients -> write objects -> publish -> move clients to their new entries
///                                                  -> remove old objects, trim tail
///
/// Until the publication nothing in memory has moved. Whatever ends a round before it, an error or
/// an exception, `TakenClients` makes its clients dirty again and `ObjectWriter` removes its
/// objects. After it nothing can fail: all memory that moving needs was there before.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "checkpoint/dead_objects.h"
#include "checkpoint/entry.h"
#include "checkpoint/object_table.h"
#include "checkpoint/object_writer.h"
#include "checkpoint/taken_clients.h"
#include "checkpoint/victims.h"
#include "format/manifest.h"
#include "state/client_table.h"
#include "state/named_client.h"
#include "state/tail.h"

namespace seawall::checkpoint {

/// What rounds work on. Everything outlives the round.
struct RoundContext {
  state::ClientTable& table;
  state::Tail& tail;
  ObjectTable& objects;
  StorageVolume& volume;
  std::string interpreter_id;
  Backlog& backlog;
  const RoundLimits& limits;
  /// Set when the storage threw while it published: it is then unknown what is on the disk, and the
  /// log must not go on (guarantee F1). Of other failures `StorageVolume::health` tells.
  bool& outcome_unknown;
  std::optional<format::Quarantine> quarantine{};
};

/// Used once, by one thread; no other round may run.
class Round {
 public:
  Round(RoundContext& context, EntryWriter& writer) : context_(context), writer_(writer) {}

  /// Checkpoints everything up to `durable`, within the limits. Errors: `kNoSpace` (try again
  /// later), others from the storage or from reading former checkpoints. May throw what allocating
  /// throws; the round has failed then.
  [[nodiscard]] Result<void> run(Lsn durable);

  /// Returns the clients that nothing is left of, for the caller to erase from the table.
  [[nodiscard]] const std::vector<state::NamedClient*>& forgotten() const { return forgotten_; }

 private:
  void choose_dead();
  [[nodiscard]] Lsn before_log_start() const;
  void take_clients_of(const DeadObjects::Object& object);
  Result<void> write_all(TakenClients& taken, ObjectWriter& objects);
  [[nodiscard]] std::string manifest_bytes() const;
  Result<void> publish(std::string_view manifest, Lsn durable);
  void move_on(Lsn durable) noexcept;
  void adopt(const WrittenEntry& written);
  void leave(const DeadObjects::Object& object);
  void remove_dead();
  void note_forgotten(state::NamedClient& client);

  RoundContext& context_;
  EntryWriter& writer_;
  DeadObjects dead_;
  std::vector<WrittenEntry> written_;
  std::vector<std::string> dead_names_;
  std::vector<state::NamedClient*> forgotten_;
};

}  // namespace seawall::checkpoint
