#include "crash/model.h"

#include <utility>

namespace seawall::crash {

Outcome Model::apply(const ModelOperation& operation) {
  Client& client = clients_[operation.client];
  const std::pair key(operation.producer, operation.id);
  if (!operation.is_clear) {
    if (client.ended) return Outcome::kCleared;
    if (!client.ids.insert(key).second) return Outcome::kDuplicate;
    client.exists = true;
    client.state += operation.data;
    return Outcome::kCommitted;
  }
  const bool keyed = !operation.id.is_none();
  if (keyed && client.ids.contains(key)) return Outcome::kDuplicate;
  client.exists = false;
  client.state.clear();
  client.ended = operation.keep_ids;
  if (operation.keep_ids) {
    if (keyed) client.ids.insert(key);
    return Outcome::kCommitted;
  }
  if (keyed) client.clear_ids.insert(key);
  client.ids = client.clear_ids;
  return Outcome::kCommitted;
}

}  // namespace seawall::crash
