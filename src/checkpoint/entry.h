#pragma once

#include <cstdint>
#include <string>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "checkpoint/dead_objects.h"
#include "format/checkpoint.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/entry_rule.h"
#include "state/entry_trail.h"
#include "state/live_states.h"
#include "state/named_client.h"

namespace seawall::checkpoint {

/// A client's entry as it was written to an object that is not yet published.
struct WrittenEntry {
  state::NamedClient* client = nullptr;
  state::NextEntry kind = state::NextEntry::kNothing;
  Lsn up_to;
  state::EntryPlaces places;  ///< Nowhere when `kind` is nothing.
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

  /// Takes a consistent view of `client` and adds the entry that it must have (state/entry_rule.h)
  /// to `builder`. Nothing of it stays in an object of `dead`; null says that all older objects
  /// go. Once it returns, adopting the entry allocates nothing. Errors: reading its former
  /// checkpoint failed.
  [[nodiscard]] Result<WrittenEntry> write(state::NamedClient& client, const DeadObjects* dead,
                                           format::CheckpointBuilder& builder);

 private:
  /// What of the client is written beside its state.
  struct View {
    bool exists = false;
    bool ended = false;
    bool quarantined = false;
    state::NextEntry next = state::NextEntry::kNothing;
    Lsn last;
    Lsn incarnation;
    std::string ids;
    std::string clear_ids;
  };

  [[nodiscard]] View view_locked(state::Client& client, const DeadObjects* dead) const;
  Result<void> write_state(state::Checkout& checkout, const DeadObjects* dead,
                           format::CheckpointBuilder& builder, format::CheckpointEntry& entry);
  /// As LiveStates::merge; an exception of the interpreter's is its error.
  Result<void> merge(state::Checkout& checkout);
  [[nodiscard]] bool extends(const state::Checkout& checkout, const DeadObjects* dead) const;
  Result<void> extend(state::Checkout& checkout, format::CheckpointBuilder& builder,
                      format::CheckpointEntry& entry);
  Result<void> carry_over(state::Checkout& checkout, format::CheckpointBuilder& builder,
                          format::CheckpointEntry& entry);

  state::ClientTable& table_;
  state::LiveStates& states_;
  Config config_;
};

}  // namespace seawall::checkpoint
