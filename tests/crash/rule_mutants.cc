#include "crash/rule_mutants.h"

#include <algorithm>
#include <set>

#include "seawall/types.h"

#include "crash/model.h"

namespace seawall::crash {

Outcome by_highest_id(ModelClient& client, const ModelOperation& operation) {
  const std::set<BatchId>& ids = client.ids[operation.producer];
  const bool passed = std::ranges::any_of(ids, [&](const BatchId& id) {
    return id.is_integer() && operation.id.is_integer() && operation.id < id;
  });
  return passed && !client.ended ? Outcome::kDuplicate : apply_once(client, operation);
}

Outcome applying_duplicates(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  if (outcome != Outcome::kDuplicate || operation.is_clear) return outcome;
  client.state += operation.data;
  return Outcome::kCommitted;
}

Outcome remembering_ids_across_lives(ModelClient& client, const ModelOperation& operation) {
  const ModelIds before = client.ids;
  const Outcome outcome = apply_once(client, operation);
  if (operation.is_clear) client.ids = before;
  return outcome;
}

Outcome reviving_ended_clients(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  client.ended = false;
  return outcome;
}

Outcome forgetting_keys_of_clears(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  client.clear_ids.clear();
  if (operation.is_clear && outcome == Outcome::kCommitted && !operation.keep_ids) {
    client.ids.clear();
  }
  return outcome;
}

Outcome forgetting_what_came_twice(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  if (outcome == Outcome::kDuplicate) client.ids[operation.producer].erase(operation.id);
  return outcome;
}

Outcome forgetting_keys_of_ends(ModelClient& client, const ModelOperation& operation) {
  const ModelIds before = client.clear_ids;
  const Outcome outcome = apply_once(client, operation);
  if (operation.is_clear && operation.keep_ids) client.clear_ids = before;
  return outcome;
}

}  // namespace seawall::crash
