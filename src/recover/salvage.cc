#include "recover/salvage.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/manifest.h"
#include "recover/damage_decision.h"
#include "recover/load.h"
#include "recover/loader.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/known_ids.h"
#include "state/named_client.h"

namespace seawall::recover {
namespace {

/// One damaged place and what decides whom it covers.
struct Place {
  enum class Kind : std::uint8_t { kGap, kObject, kState };
  Kind kind = Kind::kGap;
  DamageReport report;
  bool open_ended = false;   ///< kGap.
  std::uint64_t object = 0;  ///< kObject.
};

class Salvager {
 public:
  Salvager(VolumeReader& volume, Target target, state::BodyLoader& bodies)
      : volume_(volume), target_(target), bodies_(bodies), loader_(volume, target) {}

  Result<Salvaged> run(std::string_view interpreter_id) {
    if (auto loaded = loader_.load_manifest(interpreter_id); !loaded) {
      return std::unexpected(std::move(loaded.error()));
    }
    for (const format::ManifestObject& object : loader_.recovered().manifest.objects) {
      if (auto loaded = load_object(object); !loaded) {
        return std::unexpected(std::move(loaded.error()));
      }
    }
    if (auto replayed = replay(); !replayed) return std::unexpected(std::move(replayed.error()));
    loader_.settle_quarantine();
    if (auto read = read_states(); !read) return std::unexpected(std::move(read.error()));
    judge_everyone();
    return finish();
  }

 private:
  Result<void> load_object(const format::ManifestObject& object) {
    auto checked = loader_.check_object(object);
    if (checked) return loader_.load_object(object);
    if (checked.error().code != Errc::kCorrupt) return checked;
    checked.error().begin_lsn = 1;
    checked.error().end_lsn = loader_.log_start().value;
    places_.push_back({.kind = Place::Kind::kObject,
                       .report = {.error = checked.error(), .clients = {}},
                       .object = object.number});
    return {};
  }

  Result<void> replay() {
    auto scan = volume_.salvage();
    if (!scan) return std::unexpected(std::move(scan.error()));
    for (const LogGap& gap : (*scan)->gaps()) {
      places_.push_back(
          {.kind = Place::Kind::kGap, .report = gap.report, .open_ended = gap.open_ended});
    }
    if (auto scanned = check_scan(!(*scan)->gaps().empty()); !scanned) return scanned;
    return loader_.replay(**scan, true);
  }

  /// What the plain walk calls damage is damage, though nothing be missing: then nobody is proven.
  Result<void> check_scan(bool has_gaps) {
    if (has_gaps) return {};
    auto scan = volume_.scan();
    Result<void> walked;
    if (!scan) walked = std::unexpected(std::move(scan.error()));
    while (walked) {
      const auto group = (*scan)->next();
      if (!group) walked = std::unexpected(group.error());
      if (group && !*group) break;
    }
    if (walked || walked.error().code != Errc::kCorrupt) return walked;
    places_.push_back({.kind = Place::Kind::kGap,
                       .report = {.error = walked.error(), .clients = {}},
                       .open_ended = true});
    return {};
  }

  /// Every state a client stands on now.
  Result<void> read_states() {
    std::vector<state::NamedClient*> clients;
    target_.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& client) {
      if (client.state.exists) clients.push_back(&client);
    });
    for (state::NamedClient* client : clients) {
      state::ClientTable::Shard& shard = target_.table.shard_of(client->name());
      std::unique_lock lock(shard.mutex);
      const state::Checkout checkout(shard, *client, lock);
      auto stored = state::load_stored(bodies_, checkout.name(), checkout.body(), checkout.base());
      if (stored) continue;
      Error& error = stored.error();
      if (error.code != Errc::kCorrupt) return std::unexpected(std::move(error));
      error.end_lsn = client->state.trail.up_to().value + 1;
      places_.push_back(
          {.kind = Place::Kind::kState,
           .report = {
               .error = error,
               .clients = {{.client = std::string(client->name()),
                            .ids = state::known_ids(client->state.ids, client->state.clear_ids())}},
               .names_all = true}});
    }
    return {};
  }

  /// `client` is null for one that nobody ever heard of.
  [[nodiscard]] bool covers(const Place& place, const state::Client* client) const {
    switch (place.kind) {
      case Place::Kind::kState:
        return false;
      case Place::Kind::kObject:
        // Later objects have later entries; but a state may stand on a base in the lost one.
        return client != nullptr && client->trail.object() > place.object &&
               client->base().object != place.object;
      case Place::Kind::kGap:
        break;
    }
    if (place.open_ended) return false;
    const std::uint64_t end = place.report.error.end_lsn;
    if (end <= loader_.log_start().value) return true;
    return client != nullptr && client->trail.object() != 0 &&
           client->trail.up_to().value + 1 >= end;
  }

  [[nodiscard]] DamageVerdict judge(std::string_view name, const state::Client* client) const {
    DamageVerdict worst = DamageVerdict::kWhole;
    for (const Place& place : places_) {
      const bool named =
          std::ranges::binary_search(place.report.clients, name, {}, &ClientIds::client);
      worst =
          std::max(worst, decide_damage({.contradicted = client != nullptr && client->contradicted,
                                         .covered = covers(place, client),
                                         .named = named,
                                         .names_all = place.report.names_all}));
    }
    return worst;
  }

  void judge_everyone() {
    for (const Place& place : places_) {
      for (const ClientIds& named : place.report.clients) {
        state::ClientTable::Shard& shard = target_.table.shard_of(named.client);
        const std::scoped_lock lock(shard.mutex);
        static_cast<void>(state::ClientTable::find_or_create_locked(shard, named.client));
      }
    }
    const bool unknown = judge({}, nullptr) != DamageVerdict::kWhole;
    unknown_ = unknown || target_.table.unknown_quarantined();
    target_.table.quarantine_unknown(unknown_);
    target_.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& named) {
      state::Client& client = named.state;
      if (judge(named.name(), &client) != DamageVerdict::kWhole) client.quarantined = true;
      client.proven = unknown_ && !client.quarantined;
      any_ = any_ || client.quarantined;
    });
  }

  /// What a checkpoint has is not lost.
  void settle_reports() {
    for (Place& place : places_) {
      std::erase_if(place.report.clients, [&](const ClientIds& named) {
        state::ClientTable::Shard& shard = target_.table.shard_of(named.client);
        const std::scoped_lock lock(shard.mutex);
        const state::NamedClient* client = state::ClientTable::find_locked(shard, named.client);
        return client != nullptr && covers(place, &client->state);
      });
      if (covers(place, nullptr)) place.report.names_all = true;
    }
  }

  Result<Salvaged> finish() {
    settle_reports();
    Salvaged salvaged{.recovered = std::move(loader_.recovered()), .damage = {}};
    std::optional<format::Quarantine>& quarantine = salvaged.recovered.manifest.quarantine;
    for (Place& place : places_) salvaged.damage.push_back(std::move(place.report));
    if (!unknown_ && !any_) {
      quarantine.reset();
      return salvaged;
    }
    if (!quarantine) quarantine.emplace();
    quarantine->unknown_clients = unknown_;
    for (const DamageReport& report : salvaged.damage) {
      if (quarantine->damage.size() == format::kQuarantineDamageMax) break;
      quarantine->damage.push_back(report.error);
    }
    return salvaged;
  }

  VolumeReader& volume_;
  Target target_;
  state::BodyLoader& bodies_;
  Loader loader_;
  std::vector<Place> places_;
  bool unknown_ = false;  ///< Clients nobody heard of are quarantined.
  bool any_ = false;      ///< Some known client is.
};

}  // namespace

Result<Salvaged> salvage(VolumeReader& volume, std::string_view interpreter_id, Target target,
                         state::BodyLoader& loader) {
  return Salvager(volume, target, loader).run(interpreter_id);
}

}  // namespace seawall::recover
