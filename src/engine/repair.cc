#include "seawall/repair.h"

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "engine/log_view.h"
#include "engine/rebuild.h"
#include "format/manifest.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall {
namespace {

Error invalid(std::string message) {
  return Error{.code = Errc::kInvalidArgument, .message = std::move(message)};
}

Result<void> check_is_new(StorageInterface& storage, const VolumeName& target) {
  const auto found = storage.read(target);
  if (!found && found.error().code == Errc::kNotFound) return {};
  const bool says_enough = !found && (found.error().code == Errc::kInvalidArgument ||
                                      found.error().code == Errc::kExhausted);
  if (says_enough) return std::unexpected(found.error());
  return std::unexpected(invalid("a repair needs a new place; there is something at " +
                                 target.base_dir + "/" + target.service_name));
}

void admit_unknown(engine::LogView& view) {
  auto& quarantine = view.recovered.manifest.quarantine;
  if (!quarantine || !quarantine->unknown_clients) return;
  quarantine->unknown_clients = false;
  view.table.quarantine_unknown(false);
  bool any = false;
  view.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& client) {
    client.state.proven = false;
    any = any || client.state.quarantined;
  });
  if (!any) quarantine.reset();
}

RepairReport report_of(engine::LogView& view) {
  RepairReport report;
  report.lsn = Lsn{view.recovered.chain.next_lsn.value - 1};
  report.damage = view.damage;
  report.unknown_quarantined = view.table.unknown_quarantined();
  view.table.for_each([&](state::ClientTable::Shard&, const state::NamedClient& client) {
    const bool known = client.state.exists || client.state.ended;
    if (known && !client.state.quarantined) ++report.whole_clients;
  });
  report.quarantined = view.table.quarantined_clients();
  return report;
}

Result<RepairReport> repair_into(const std::shared_ptr<StorageInterface>& storage,
                                 const VolumeName& source, const VolumeName& target,
                                 const RepairOptions& options) {
  if (auto is_new = check_is_new(*storage, target); !is_new) {
    return std::unexpected(std::move(is_new.error()));
  }
  auto view = engine::load_view(*storage, source, {}, DamagePolicy::kQuarantine);
  if (!view) return std::unexpected(std::move(view.error()));
  engine::LogView& log = **view;
  if (log.recovered.is_new) {
    if (!log.damage.empty()) return std::unexpected(log.damage.front().error);
    return std::unexpected(
        Error{.code = Errc::kNotFound, .message = "the log was never completed"});
  }
  if (options.admit_unknown_clients) admit_unknown(log);
  if (auto& quarantine = log.recovered.manifest.quarantine) quarantine->repaired = true;
  RepairReport report = report_of(log);
  // Until the rebuilt manifest takes its place, the first one says that this is not a log yet.
  auto volume = storage->create(target, format::kUnfinishedManifest);
  if (!volume) return std::unexpected(std::move(volume.error()));
  if (auto rebuilt = engine::rebuild({log.table, log.states, log.recovered}, **volume); !rebuilt) {
    return std::unexpected(std::move(rebuilt.error()));
  }
  if (auto closed = (*volume)->close(); !closed) return std::unexpected(std::move(closed.error()));
  return report;
}

}  // namespace

Result<RepairReport> repair(const std::shared_ptr<StorageInterface>& storage,
                            const VolumeName& source, const VolumeName& target,
                            const RepairOptions& options) {
  return base::catching([&] { return repair_into(storage, source, target, options); });
}

}  // namespace seawall
