#include "engine/log_engine.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "base/check.h"
#include "base/checksum.h"
#include "base/clock.h"
#include "base/exceptions.h"
#include "commit/group_commit.h"
#include "engine/background.h"
#include "engine/guarded_interpreter.h"
#include "engine/rebuild.h"
#include "engine/user_code.h"
#include "format/group.h"
#include "format/manifest.h"
#include "format/record.h"
#include "recover/load.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/in_flight.h"
#include "state/live_states.h"
#include "state/named_client.h"

namespace seawall::engine {
LogEngine::LogEngine(std::shared_ptr<const GuardedInterpreter> interpreter,
                     std::shared_ptr<StorageInterface> storage,
                     std::unique_ptr<StorageVolume> volume, const EngineConfig& config)
    : config_(config),
      interpreter_(std::move(interpreter)),
      storage_(std::move(storage)),
      volume_(std::move(volume)),
      loader_(*volume_),
      states_(table_, loader_, config.options.live_state_bytes_max) {}

LogEngine::~LogEngine() {
  // Nothing acknowledged depends on a clean end; whoever wants the result calls close().
  static_cast<void>(base::catching([&] { return close(); }).has_value());
}

Result<std::unique_ptr<LogEngine>> LogEngine::open(
    std::shared_ptr<const StateInterpreterInterface> interpreter,
    std::shared_ptr<StorageInterface> storage, const VolumeName& name, const EngineConfig& config) {
  auto guarded = GuardedInterpreter::make(std::move(interpreter));
  if (!guarded) return std::unexpected(std::move(guarded.error()));
  const std::shared_ptr<const GuardedInterpreter> own = std::move(*guarded);
  auto engine = open_once(own, storage, name, config);
  const bool is_damaged = !engine && engine.error().code == Errc::kCorrupt;
  if (!is_damaged || config.options.damage_policy != DamagePolicy::kQuarantine) return engine;
  if (auto done = quarantine_in_place(*storage, name, own->id()); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return open_once(own, std::move(storage), name, config);
}

Result<std::unique_ptr<LogEngine>> LogEngine::open_once(
    std::shared_ptr<const GuardedInterpreter> interpreter,
    std::shared_ptr<StorageInterface> storage, const VolumeName& name, const EngineConfig& config) {
  const std::uint64_t begin_us = base::monotonic_us();
  auto volume = storage->acquire(name);
  if (!volume) return std::unexpected(std::move(volume.error()));
  std::unique_ptr<LogEngine> engine(
      new LogEngine(std::move(interpreter), std::move(storage), std::move(*volume), config));
  if (auto recovered = engine->recover(); !recovered) {
    return std::unexpected(std::move(recovered.error()));
  }
  engine->recovery_us_ = base::monotonic_us() - begin_us;
  return engine;
}

Result<void> LogEngine::recover() {
  table_.set_due(config_.options.checkpoint_every_records, config_.options.checkpoint_state_share);
  auto recovered =
      recover::load(*volume_, interpreter_->id(), {table_, tail_, objects_},
                    config_.threaded ? recover::Reading::kAhead : recover::Reading::kInTurn);
  if (!recovered) return std::unexpected(std::move(recovered.error()));
  if (auto refused = refuse_lost_manifest(*recovered, *volume_); !refused) return refused;
  if (auto accepted = accept_quarantine(*recovered, config_.options.damage_policy); !accepted) {
    return accepted;
  }
  if (config_.options.damage_policy == DamagePolicy::kQuarantine) {
    if (auto read = read_states(); !read) return read;
  }
  quarantine_ = recovered->manifest.quarantine;
  has_quarantine_ = quarantine_.has_value();
  if (auto started = volume_->start(recovered->chain); !started) return started;
  if (auto published = publish_first_manifest(*recovered); !published) return published;
  recovered_records_ = recovered->records;
  retention_us_ = recovered->chain.time.retention_us;
  if (auto removed = remove_orphans(*recovered); !removed) return removed;
  round_figures_.note(objects_, std::nullopt);
  start_commit(*recovered);
  // Lives that end before their first checkpoint pile segments up, and each open reads them all. A
  // log that cannot be checkpointed now is opened all the same.
  constexpr std::uint64_t kSegmentsAtOpenMax = 16;
  if (volume_->stats().segments > kSegmentsAtOpenMax) static_cast<void>(run_round().has_value());
  return {};
}

Result<void> LogEngine::read_states() {
  std::vector<state::NamedClient*> clients;
  table_.for_each([&](state::ClientTable::Shard&, state::NamedClient& client) {
    if (client.state.exists && !client.state.quarantined) clients.push_back(&client);
  });
  for (state::NamedClient* client : clients) {
    state::ClientTable::Shard& shard = table_.shard_of(client->name());
    std::unique_lock lock(shard.mutex);
    const state::Checkout checkout(shard, *client, lock);
    const auto stored =
        state::load_stored(loader_, checkout.name(), checkout.body(), checkout.base());
    if (!stored) return std::unexpected(stored.error());
  }
  return {};
}

Result<void> LogEngine::publish_first_manifest(const recover::Recovered& recovered) {
  if (!recovered.is_new) return {};
  const std::string bytes =
      format::encode_manifest({std::string(interpreter_->id()), objects_.next_number(), {}});
  return volume_->publish({.bytes = bytes, .log_start = Lsn{1}});
}

Result<void> LogEngine::remove_orphans(const recover::Recovered& recovered) {
  auto names = volume_->list();
  if (!names) return std::unexpected(std::move(names.error()));
  std::vector<std::string> orphans;
  for (const auto& [name, bytes] : *names) {
    const auto number = format::checkpoint_number(name);
    if (!number) continue;
    // Ascending, as `decode_manifest` checked.
    if (std::ranges::binary_search(recovered.manifest.objects, *number, {},
                                   &format::ManifestObject::number)) {
      continue;
    }
    // Removing may fail. The number must not be used again while the file is there.
    objects_.skip_number(*number);
    orphans.push_back(name);
  }
  if (!orphans.empty()) volume_->remove(orphans);
  return {};
}

void LogEngine::start_commit(const recover::Recovered& recovered) {
  commit::GroupCommitConfig config;
  config.log_id = volume_->log_id();
  config.epoch = volume_->epoch();
  config.chain = recovered.chain;
  config.text_ids_kept_us = config_.options.text_ids_kept_us;
  config.interpreter_fingerprint = base::crc32c(interpreter_->id());
  config.in_flight_records_max = config_.options.in_flight_records_max;
  config.in_flight_bytes_max = config_.options.in_flight_bytes_max;
  config.threaded = config_.threaded;
  commit_ = std::make_unique<commit::GroupCommit>(*volume_, *this, config);
  if (config_.threaded) background_ = std::make_unique<Background>(*this);
}

Result<void> LogEngine::close() {
  if (auto admitted = UserCode::admit(interpreter_.get(), LogCall::kClose); !admitted) {
    return admitted;
  }
  if (closed_.exchange(true)) return {};
  Result<void> committed;
  if (commit_) committed = commit_->close();
  // The object stays: a caller who is on the way out of a call may still note activity.
  if (background_) background_->stop();
  // A short life may end before the background thread came to it; many of them must not pile up
  // segments. Without space or memory for it the log stays as it is.
  if (commit_ && committed) {
    static_cast<void>(base::catching([&]() -> Result<void> {
                        return volume_->wants_checkpoint() ? run_round() : Result<void>{};
                      }).has_value());
  }
  // Not under a caller's round, which would find the volume closed half way.
  const std::scoped_lock lock(round_mutex_);
  auto released = base::catching([&] { return volume_->close(); });
  if (!committed) return committed;
  return released;
}

Result<void> LogEngine::admit(LogCall call) const {
  if (closed_) {
    return std::unexpected(
        Error{.code = Errc::kClosed, .message = "the log is closed: open it again"});
  }
  return UserCode::admit(interpreter_.get(), call);
}

void LogEngine::fold(Lsn first_lsn, std::string group) {
  const auto header = format::decode_group_header(group);
  SEAWALL_CHECK(header.has_value() && header->first_lsn == first_lsn);
  const std::string_view bytes = tail_.push(header->end_lsn(), std::move(group));
  format::FrameWalk walk(bytes.substr(format::kGroupHeaderBytes));
  state::InFlight::Clients clients(in_flight_, header->records);
  for (Lsn lsn = first_lsn; !walk.done(); ++lsn.value) {
    // These bytes were encoded here and admitted in LSN order; anything odd is a bug, and to go
    // on would acknowledge what recovery refuses.
    SEAWALL_CHECK(format::decode_record(walk.next(), folding_).has_value());
    find_places(clients);
    SEAWALL_CHECK(table_.fold(lsn, header->time.retention_us, folding_, folding_places_));
  }
  retention_us_.store(header->time.retention_us, std::memory_order_relaxed);
}

// What is in flight knows its client, so nothing is looked up.
void LogEngine::find_places(state::InFlight::Clients& clients) {
  folding_places_.clear();
  for (const format::OperationView& operation : folding_.operations) {
    const state::ClientTable::Place& place = folding_places_.emplace_back(clients.next());
    SEAWALL_CHECK(place.client->name() == folding_.keys[operation.key_index].client);
  }
}

void LogEngine::published(Lsn durable, const Error* poisoned) noexcept {
  {
    const std::scoped_lock lock(listener_mutex_);
    if (listener_ != nullptr) listener_->on_group(durable, poisoned);
  }
  if (background_) background_->note_activity();
}

void LogEngine::report(Lsn durable, const Error* poisoned) noexcept {
  const UserCode scope(interpreter_.get(), UserCodeKind::kCallback);
  callback_.call(durable, poisoned);
}

void LogEngine::on_durable(WriteAheadLog::DurableCallback callback) {
  // In user code it would wait for itself, or for a callback that waits for the code's end.
  const bool wait = !UserCode::runs_for(interpreter_.get());
  if (callback_.replace(std::move(callback), wait)) commit_->begin_reports();
}

void LogEngine::listen(DurableListener* listener) {
  const std::scoped_lock lock(listener_mutex_);
  listener_ = listener;
}

Result<std::optional<std::string>> LogEngine::retrieve(std::string_view client) {
  if (auto admitted = admit(LogCall::kRetrieve); !admitted) {
    return std::unexpected(std::move(admitted.error()));
  }
  if (has_quarantine_ && table_.is_quarantined(client)) {
    return std::unexpected(quarantined_error(client));
  }
  return states_.retrieve(*interpreter_, client);
}

std::vector<std::string> LogEngine::clients() {
  std::vector<std::string> names;
  table_.visit_all([&](const state::NamedClient& client) {
    if (client.state.exists && !client.state.quarantined) names.emplace_back(client.name());
  });
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> LogEngine::quarantined_clients() {
  return table_.quarantined_clients();
}

Result<bool> LogEngine::seen(std::string_view client, const BatchId& id,
                             std::string_view producer) {
  if (auto admitted = admit(LogCall::kLook); !admitted) {
    return std::unexpected(std::move(admitted.error()));
  }
  if (has_quarantine_ && table_.is_quarantined(client)) {
    return std::unexpected(quarantined_error(client));
  }
  state::ClientTable::Shard& shard = table_.shard_of(client);
  const std::scoped_lock lock(shard.mutex);
  const state::NamedClient* found = state::ClientTable::find_locked(shard, client);
  if (found == nullptr) return false;
  if (table_.is_half_folded_locked(*found)) return std::unexpected(state::half_folded_error());
  return found->state.knows(producer, id, oldest_id_us());
}

LogStats LogEngine::stats() {
  LogStats stats;
  stats.appended = commit_->appended();
  stats.durable = commit_->durable();
  table_.visit_all([&](const state::NamedClient& client) {
    if (client.state.exists && !client.state.quarantined) ++stats.clients;
    if (client.state.quarantined) ++stats.quarantined_clients;
  });
  stats.unknown_quarantined = table_.unknown_quarantined();
  stats.live_states = states_.count();
  stats.live_state_bytes = states_.bytes();
  stats.tail_bytes = tail_.bytes();
  stats.checkpoint_rounds = rounds_;
  stats.groups = commit_->groups();
  stats.recovered_records = recovered_records_;
  stats.recovery_us = recovery_us_;
  stats.volume = volume_->stats();
  stats.callback_error = callback_.failure();
  round_figures_.fill(stats);
  return stats;
}

}  // namespace seawall::engine
