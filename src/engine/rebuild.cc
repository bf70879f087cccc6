#include "engine/rebuild.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "checkpoint/entry.h"
#include "checkpoint/object_table.h"
#include "checkpoint/object_writer.h"
#include "engine/volume_body_loader.h"
#include "format/manifest.h"
#include "recover/load.h"
#include "recover/salvage.h"
#include "state/client_table.h"
#include "state/live_states.h"
#include "state/named_client.h"
#include "state/tail.h"

namespace seawall::engine {
namespace {

class Rebuilder {
 public:
  Rebuilder(const RebuildSource& source, StorageVolume& target)
      : source_(source),
        target_(target),
        writer_(source.table, source.states,
                {.interpreter = nullptr, .state_share = 0, .oldest_id_us = 0}) {}

  Result<void> run() {
    if (auto numbered = choose_numbers(); !numbered) return numbered;
    checkpoint::ObjectWriter objects(target_, objects_);
    if (auto written = write_clients(objects); !written) return written;
    format::Manifest manifest = source_.recovered.manifest;
    manifest.next_object = objects_.next_number();
    manifest.objects = objects_.manifest_objects({});
    const std::string bytes = format::encode_manifest(manifest);
    const ChainEnd& end = source_.recovered.chain;
    objects.leave();
    auto restarted = target_.restart(end, {.bytes = bytes, .log_start = end.next_lsn});
    objects.settle(restarted);
    if (restarted) target_.remove(old_names_);
    return restarted;
  }

 private:
  /// Every object that is there is dead once the new ones count; their numbers are not used again.
  Result<void> choose_numbers() {
    auto names = target_.list();
    if (!names) return std::unexpected(std::move(names.error()));
    objects_.set_next_number(source_.recovered.manifest.next_object);
    for (const auto& [name, bytes] : *names) {
      if (const auto number = format::checkpoint_number(name)) objects_.skip_number(*number);
      old_names_.push_back(name);
    }
    return {};
  }

  Result<void> write_clients(checkpoint::ObjectWriter& objects) {
    std::vector<state::NamedClient*> clients;
    source_.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& client) {
      clients.push_back(&client);
    });
    for (state::NamedClient* client : clients) {
      auto written = writer_.write(*client, nullptr, objects.builder());
      if (!written) return std::unexpected(std::move(written.error()));
      if (auto ended = objects.end_entry(); !ended) return ended;
    }
    return objects.finish();
  }

  const RebuildSource& source_;
  StorageVolume& target_;
  checkpoint::EntryWriter writer_;
  checkpoint::ObjectTable objects_;  ///< Of the target.
  std::vector<std::string> old_names_;
};

constexpr std::size_t kRebuiltStateBytesMax = std::size_t{64} << 20;

}  // namespace

Result<void> rebuild(const RebuildSource& source, StorageVolume& target) {
  return Rebuilder(source, target).run();
}

Result<void> quarantine_in_place(StorageInterface& storage, const VolumeName& name,
                                 std::string_view interpreter_id) {
  auto volume = storage.acquire(name);
  if (!volume) return std::unexpected(std::move(volume.error()));
  state::ClientTable table;
  state::Tail tail;
  checkpoint::ObjectTable objects;
  VolumeBodyLoader loader(**volume);
  state::LiveStates states(table, loader, kRebuiltStateBytesMax);
  auto salvaged = recover::salvage(**volume, interpreter_id, {table, tail, objects}, loader);
  if (!salvaged) return std::unexpected(std::move(salvaged.error()));
  // Before its engine's first manifest a log holds nothing that could be told apart.
  if (salvaged->recovered.is_new) {
    return std::unexpected(
        Error{.code = Errc::kCorrupt,
              .message = "the log was damaged before its first record; restore a copy"});
  }
  if (auto& quarantine = salvaged->recovered.manifest.quarantine) quarantine->repaired = false;
  if (auto rebuilt = rebuild({table, states, salvaged->recovered}, **volume); !rebuilt) {
    return rebuilt;
  }
  return (*volume)->close();
}

Result<void> refuse_lost_manifest(const recover::Recovered& recovered, VolumeReader& volume) {
  if (!recovered.is_new) return {};
  auto names = volume.list();
  if (!names) return std::unexpected(std::move(names.error()));
  if (names->empty()) return {};
  return std::unexpected(
      Error{.code = Errc::kCorrupt,
            .message = "no manifest names the checkpoints that are there; restore a copy"});
}

Error quarantined_error(std::string_view client) {
  Error error;
  error.code = Errc::kCorrupt;
  error.message = "client '" + std::string(client) +
                  "' may have lost records and is quarantined; repair the log, or clear the "
                  "client without an id to begin anew";
  return error;
}

Result<void> accept_quarantine(const recover::Recovered& recovered, DamagePolicy policy) {
  const auto& quarantine = recovered.manifest.quarantine;
  if (!quarantine || quarantine->repaired || policy == DamagePolicy::kQuarantine) return {};
  Error error;
  if (!quarantine->damage.empty()) error = quarantine->damage.front();
  error.code = Errc::kCorrupt;
  error.message =
      "the log has quarantined clients; open it with the quarantine policy, or repair "
      "it. It was damaged: " +
      error.message;
  return std::unexpected(std::move(error));
}

}  // namespace seawall::engine
