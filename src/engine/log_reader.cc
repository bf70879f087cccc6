#include "seawall/log_reader.h"

#include <algorithm>
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

#include "base/exceptions.h"
#include "engine/guarded_interpreter.h"
#include "engine/log_view.h"
#include "engine/rebuild.h"
#include "engine/user_code.h"
#include "recover/load.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/known_ids.h"
#include "state/named_client.h"

namespace seawall {

class LogReader::Impl {
 public:
  Impl(std::shared_ptr<const engine::GuardedInterpreter> interpreter,
       std::shared_ptr<StorageInterface> storage, VolumeName name, DamagePolicy policy)
      : interpreter_(std::move(interpreter)),
        storage_(std::move(storage)),
        name_(std::move(name)),
        policy_(policy) {}

  Result<void> reload() {
    auto view = engine::load_view(
        *storage_, name_, interpreter_ ? std::string(interpreter_->id()) : std::string(), policy_);
    if (!view) return std::unexpected(std::move(view.error()));
    view_ = std::move(*view);
    return {};
  }

  /// Runs `attempt` on the view; loads it anew when the writer took away what it names.
  template <class Attempt>
  auto with_view(Attempt attempt) {
    bool is_first = true;
    return engine::retry_while_changing([&]() -> decltype(attempt()) {
      if (!std::exchange(is_first, false)) {
        if (auto loaded = reload(); !loaded) return std::unexpected(std::move(loaded.error()));
      }
      return attempt();
    });
  }

  Result<std::optional<std::string>> retrieve(std::string_view client) {
    if (!interpreter_) {
      return std::unexpected(
          Error{.code = Errc::kInterpreter, .message = "this reader has no interpreter"});
    }
    if (auto admitted = engine::UserCode::admit(interpreter_.get(), engine::LogCall::kRetrieve);
        !admitted) {
      return std::unexpected(std::move(admitted.error()));
    }
    if (view_->table.is_quarantined(client)) {
      return std::unexpected(engine::quarantined_error(client));
    }
    return view_->states.retrieve(*interpreter_, client);
  }

  Result<std::optional<ClientExport>> export_client(std::string_view client);
  engine::LogView& view() { return *view_; }

 private:
  Result<void> add_raw(state::NamedClient& client, ClientExport& out);

  std::shared_ptr<const engine::GuardedInterpreter> interpreter_;
  std::shared_ptr<StorageInterface> storage_;
  VolumeName name_;
  DamagePolicy policy_;
  std::unique_ptr<engine::LogView> view_;
};

Result<std::optional<ClientExport>> LogReader::Impl::export_client(std::string_view client) {
  if (view_->table.is_quarantined(client)) {
    return std::unexpected(engine::quarantined_error(client));
  }
  ClientExport out;
  state::NamedClient* named = nullptr;
  {
    state::ClientTable::Shard& shard = view_->table.shard_of(client);
    const std::scoped_lock lock(shard.mutex);
    named = state::ClientTable::find_locked(shard, client);
    if (named == nullptr || (!named->state.exists && !named->state.ended)) return std::nullopt;
    out.client = named->name();
    out.lsn = named->state.last;
    out.ended = named->state.ended;
    out.ids = state::known_ids(named->state.ids, named->state.clear_ids());
  }
  if (out.ended) return out;
  if (!interpreter_) {
    if (auto added = add_raw(*named, out); !added) return std::unexpected(added.error());
    return out;
  }
  auto state = retrieve(client);
  if (!state) return std::unexpected(std::move(state.error()));
  out.state = std::move(*state);
  return out;
}

Result<void> LogReader::Impl::add_raw(state::NamedClient& client, ClientExport& out) {
  out.raw = true;
  state::ClientTable::Shard& shard = view_->table.shard_of(client.name());
  std::unique_lock lock(shard.mutex);
  const state::Checkout checkout(shard, client, lock);
  const auto stored =
      state::load_stored(view_->loader, checkout.name(), checkout.body(), checkout.base());
  if (!stored) return std::unexpected(stored.error());
  out.base = stored->base;
  for (const auto& delta : stored->body.body.deltas) out.deltas.emplace_back(delta.bytes);
  for (const auto& delta : checkout.deltas()) out.deltas.emplace_back(delta.bytes());
  return {};
}

Result<std::unique_ptr<LogReader>> LogReader::open(
    std::shared_ptr<const StateInterpreterInterface> state_interpreter,
    const std::shared_ptr<StorageInterface>& storage, const std::string& service_name,
    const std::string& base_dir, DamagePolicy damage_policy) {
  return base::catching([&]() -> Result<std::unique_ptr<LogReader>> {
    std::shared_ptr<const engine::GuardedInterpreter> guarded;
    if (state_interpreter) {
      auto made = engine::GuardedInterpreter::make(std::move(state_interpreter));
      if (!made) return std::unexpected(std::move(made.error()));
      guarded = std::move(*made);
    }
    auto impl = std::make_unique<Impl>(std::move(guarded), storage,
                                       VolumeName{base_dir, service_name}, damage_policy);
    if (auto loaded = impl->reload(); !loaded) return std::unexpected(std::move(loaded.error()));
    return std::unique_ptr<LogReader>(new LogReader(std::move(impl)));
  });
}

Result<std::string> LogReader::interpreter_id(const std::shared_ptr<StorageInterface>& storage,
                                              const std::string& service_name,
                                              const std::string& base_dir) {
  return base::catching([&]() -> Result<std::string> {
    auto volume = storage->read({base_dir, service_name});
    if (!volume) return std::unexpected(std::move(volume.error()));
    if ((*volume)->manifest().bytes.empty()) {
      return std::unexpected(
          Error{.code = Errc::kNotFound, .message = "the log was never completed"});
    }
    auto manifest = recover::read_manifest(**volume);
    if (!manifest) return std::unexpected(std::move(manifest.error()));
    return std::move(manifest->interpreter_id);
  });
}

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

LogReader::~LogReader() = default;

Result<std::optional<std::string>> LogReader::retrieve(std::string_view client_id) {
  return base::catching(
      [&] { return impl_->with_view([&] { return impl_->retrieve(client_id); }); });
}

Result<std::optional<ClientExport>> LogReader::export_client(std::string_view client_id) {
  return base::catching(
      [&] { return impl_->with_view([&] { return impl_->export_client(client_id); }); });
}

std::vector<std::string> LogReader::clients(bool ended) const {
  std::vector<std::string> names;
  impl_->view().table.for_each([&](state::ClientTable::Shard&, const state::NamedClient& client) {
    if (client.state.quarantined) return;
    if (client.state.exists || (ended && client.state.ended)) names.emplace_back(client.name());
  });
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> LogReader::quarantined_clients() const {
  return impl_->view().table.quarantined_clients();
}

bool LogReader::unknown_quarantined() const {
  return impl_->view().table.unknown_quarantined();
}

Lsn LogReader::lsn() const {
  return Lsn{impl_->view().recovered.chain.next_lsn.value - 1};
}

ReaderStats LogReader::stats() const {
  engine::LogView& view = impl_->view();
  ReaderStats stats;
  view.table.for_each([&](state::ClientTable::Shard&, const state::NamedClient& client) {
    if (client.state.exists) ++stats.clients;
    if (client.state.ended) ++stats.ended_clients;
  });
  stats.lsn = lsn();
  stats.manifest_number = view.volume->manifest().number;
  stats.checkpoint_objects = view.objects.objects().size();
  stats.checkpoint_bytes = view.objects.bytes();
  stats.checkpoint_live_bytes = view.objects.live_bytes();
  stats.tail_records = view.recovered.records;
  stats.torn_bytes = view.recovered.torn_bytes;
  stats.interpreter_id = view.recovered.manifest.interpreter_id;
  stats.volume = view.volume->stats();
  return stats;
}

}  // namespace seawall
