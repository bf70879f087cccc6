#include "process/crowd_view.h"

#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "crash/model.h"
#include "crash/workload.h"
#include "process/crowd_plan.h"

namespace seawall::process {
namespace {

crash::ModelIds ids_in(const ClientExport& client) {
  crash::ModelIds ids;
  for (const ProducerIds& of_producer : client.ids) {
    std::set<BatchId>& known = ids[of_producer.producer];
    for (const std::string& text : of_producer.texts) known.emplace(text);
    for (const IdRange& range : of_producer.integers) {
      for (std::uint64_t id = range.first; id <= range.last; ++id) known.emplace(id);
    }
  }
  return ids;
}

Result<crash::ModelIds> seen_ids(WriteAheadLog& log, const std::string& client) {
  static const std::vector<BatchId> all = crash::workload_ids();
  crash::ModelIds ids;
  for (const std::string producer : crash::kWorkloadProducers) {
    for (const BatchId& id : all) {
      const auto seen = log.seen(client, id, producer);
      if (!seen) return std::unexpected(seen.error());
      if (*seen) ids[producer].insert(id);
    }
  }
  return ids;
}

std::string client_difference(const ShownClient& shown, const crash::ModelClient& model) {
  const std::string state = model.exists ? model.state : "none";
  if (shown.state.value_or("none") != state) {
    return "has the state '" + shortened(shown.state.value_or("none")) + "', should have '" +
           shortened(state) + "'";
  }
  if (shown.ended && *shown.ended != model.ended) {
    return model.ended ? "was ended and is not" : "is ended and should not be";
  }
  if (shown.ids && *shown.ids != model.ids) {
    for (const auto& [producer, ids] : model.ids) {
      for (const BatchId& id : ids) {
        if (!crash::has_id(*shown.ids, producer, id)) return "forgot an id";
      }
    }
    return "knows an id it should not";
  }
  return "";
}

}  // namespace

Result<ShownClients> shown_by(LogReader& reader, const std::vector<std::string>& names) {
  ShownClients shown;
  for (const std::string& name : names) {
    const auto client = reader.export_client(name);
    if (!client) return std::unexpected(client.error());
    ShownClient& entry = shown[name];
    entry.ended = false;
    if (!*client) continue;
    entry = {.state = (*client)->state, .ended = (*client)->ended, .ids = ids_in(**client)};
  }
  return shown;
}

Result<ShownClients> shown_by(WriteAheadLog& log, const std::vector<std::string>& names) {
  ShownClients shown;
  for (const std::string& name : names) {
    auto state = log.retrieve(name);
    if (!state) return std::unexpected(state.error());
    auto ids = seen_ids(log, name);
    if (!ids) return std::unexpected(ids.error());
    shown[name] = {.state = std::move(*state), .ended = {}, .ids = std::move(*ids)};
  }
  return shown;
}

std::string difference(const ShownClients& shown, const crash::Model& model) {
  for (const auto& [name, client] : shown) {
    const auto found = model.clients().find(name);
    const std::string wrong = client_difference(
        client, found == model.clients().end() ? crash::ModelClient{} : found->second);
    if (!wrong.empty()) return name + " " + wrong;
  }
  return "";
}

}  // namespace seawall::process
