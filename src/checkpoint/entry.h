#pragma once

#include <cstdint>
#include <string>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/live_states.h"

namespace seawall::checkpoint {

/// A client's entry as it was written to an object that is not yet published.
struct WrittenEntry {
  state::NamedClient* client = nullptr;
  Lsn incarnation;
  Lsn up_to;
  EntryPlaces places;  ///< `object` 0: the client needed none.
  bool voids = false;  ///< It says only that the client has no life.
};

/// Writes clients' entries. Without an interpreter, or when merging fails, base and deltas are
/// carried over unmerged.
class EntryWriter {
 public:
  struct Config {
    const StateInterpreterInterface* interpreter;  ///< Null: only callers' threads may use it.
    double state_share;                            ///< As Options::checkpoint_state_share.
    std::uint64_t oldest_id_us;                    ///< Ids with an earlier time have expired.
  };
  EntryWriter(state::ClientTable& table, state::LiveStates& states, const Config& config)
      : table_(table), states_(states), config_(config) {}

  /// Takes a consistent view of `client` and adds its entry to `builder`. With `relocate` nothing
  /// of it stays in older objects. Errors: reading its former checkpoint failed.
  [[nodiscard]] Result<WrittenEntry> write(state::NamedClient& client, bool relocate,
                                           format::CheckpointBuilder& builder);

 private:
  /// What of the client is written beside its state.
  struct View {
    bool exists = false;
    bool ended = false;
    bool quarantined = false;
    bool proven = false;
    bool needed = false;  ///< There is something to remember, or an older entry to void.
    Lsn last;
    Lsn incarnation;
    std::string ids;
    std::string clear_ids;
  };

  [[nodiscard]] View view_locked(state::NamedClient& client) const;
  Result<void> write_state(state::Checkout& checkout, bool relocate,
                           format::CheckpointBuilder& builder, format::CheckpointEntry& entry);
  [[nodiscard]] bool extends(const state::Checkout& checkout) const;
  Result<void> extend(state::Checkout& checkout, format::CheckpointBuilder& builder,
                      format::CheckpointEntry& entry);
  Result<void> carry_over(state::Checkout& checkout, format::CheckpointBuilder& builder,
                          format::CheckpointEntry& entry);

  state::ClientTable& table_;
  state::LiveStates& states_;
  Config config_;
};

}  // namespace seawall::checkpoint
