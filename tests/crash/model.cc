#include "crash/model.h"

#include <string>

#include "seawall/types.h"

namespace seawall::crash {

bool has_id(const ModelIds& ids, const std::string& producer, const BatchId& id) {
  const auto found = ids.find(producer);
  return found != ids.end() && found->second.contains(id);
}

Outcome apply_once(ModelClient& client, const ModelOperation& operation) {
  if (!operation.is_clear) {
    if (client.ended) return Outcome::kCleared;
    if (!client.ids[operation.producer].insert(operation.id).second) return Outcome::kDuplicate;
    client.exists = true;
    client.state += operation.data;
    return Outcome::kCommitted;
  }
  const bool keyed = !operation.id.is_none();
  if (keyed && has_id(client.ids, operation.producer, operation.id)) return Outcome::kDuplicate;
  client.exists = false;
  client.state.clear();
  client.ended = operation.keep_ids;
  if (keyed) {
    // Every clear's key outlives lives: the client's next life must not end by a redelivery.
    client.ids[operation.producer].insert(operation.id);
    client.clear_ids[operation.producer].insert(operation.id);
  }
  if (!operation.keep_ids) client.ids = client.clear_ids;
  return Outcome::kCommitted;
}

}  // namespace seawall::crash
