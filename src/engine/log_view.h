#pragma once

#include <memory>
#include <string>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "checkpoint/object_table.h"
#include "engine/volume_body_loader.h"
#include "recover/load.h"
#include "state/client_table.h"
#include "state/live_states.h"
#include "state/tail.h"

namespace seawall::engine {

/// A log loaded without owning it: what recovery would make of it.
struct LogView {
  explicit LogView(std::unique_ptr<VolumeReader> reader);

  std::unique_ptr<VolumeReader> volume;
  state::ClientTable table;
  state::Tail tail;
  checkpoint::ObjectTable objects;
  VolumeBodyLoader loader;
  state::LiveStates states;
  recover::Recovered recovered;
  std::vector<DamageReport> damage;  ///< Found while loading, under `DamagePolicy::kQuarantine`.
};

/// Opens `name` and loads it; starts over while a writer changes the log under it. With
/// `kQuarantine` a damaged log is loaded as far as it is sound, and every state is read. Errors as
/// `LogReader::open`.
[[nodiscard]] Result<std::unique_ptr<LogView>> load_view(StorageInterface& storage,
                                                         const VolumeName& name,
                                                         const std::string& interpreter_id,
                                                         DamagePolicy policy);

/// Calls `attempt` until it does not fail with `kBusy`, which a reader's storage returns when the
/// log changed under it, at most 20 times.
template <class Attempt>
auto retry_while_changing(Attempt attempt) {
  constexpr int kAttempts = 20;
  for (int i = 1;; ++i) {
    auto result = attempt();
    if (result || result.error().code != Errc::kBusy || i == kAttempts) return result;
  }
}

}  // namespace seawall::engine
