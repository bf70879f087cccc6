#include "state/client_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/dedup_set.h"
#include "state/operation_rule.h"

namespace seawall::state {
namespace {

void apply(Client& client, Lsn lsn, const format::OperationView& operation, std::uint32_t version) {
  if (!client.deltas) client.deltas = std::make_unique<std::vector<Delta>>();
  client.deltas->push_back(
      {operation.delta.data(), static_cast<std::uint32_t>(operation.delta.size()), version, lsn});
  client.exists = true;
}

// Ends the life. What its checkpoint holds is void from here on: `body` stays for the accounting
// until the next round replaces the entry, but `exists` says not to use it.
void forget_state(Client& client, Lsn lsn) {
  client.deltas.reset();
  client.live.reset();
  client.exists = false;
  client.incarnation = lsn;
}

void forget(Client& client, Lsn lsn, const format::KeyView& key) {
  forget_state(client, lsn);
  client.ended = false;
  if (!key.id.is_none()) {
    if (!client.clear_ids) client.clear_ids = std::make_unique<DedupSets>();
    client.clear_ids->insert(key.producer, key.id);
  }
  if (client.clear_ids) {
    client.ids = client.clear_ids->copy();
  } else {
    client.ids.clear();
  }
}

bool fold_operation(Client& client, Lsn lsn, const format::RecordView& record,
                    const format::OperationView& operation) {
  const format::KeyView& key = record.keys[operation.key_index];
  const bool is_clear = operation.kind != format::OperationKind::kApply;
  // A clear changes which ids are known, so it looks before; an apply inserts in the same step.
  const bool id_known = !client.ended && !key.id.is_none() &&
                        (is_clear ? client.ids.contains(key.producer, key.id)
                                  : !client.ids.insert(key.producer, key.id));
  switch (decide({lsn <= client.up_to, operation.kind, client.ended, id_known})) {
    case OperationAction::kSkip:
      return true;
    case OperationAction::kRefuse:
      return false;
    case OperationAction::kApply:
      apply(client, lsn, operation, record.interpreter_version);
      return true;
    case OperationAction::kForget:
      forget(client, lsn, key);
      return true;
    case OperationAction::kEnd:
      forget_state(client, lsn);
      client.ended = true;
      if (!key.id.is_none()) client.ids.insert(key.producer, key.id);
      return true;
  }
  return false;
}

}  // namespace

NamedClient& ClientTable::find_or_create_locked(Shard& shard, std::string_view name) {
  if (const auto found = shard.clients.find(name); found != shard.clients.end()) return *found;
  return *shard.clients
              .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                       std::forward_as_tuple())
              .first;
}

NamedClient* ClientTable::find_locked(Shard& shard, std::string_view name) {
  const auto found = shard.clients.find(name);
  return found == shard.clients.end() ? nullptr : &*found;
}

bool ClientTable::fold(Lsn lsn, const format::RecordView& record) {
  std::vector<const format::OperationView*> operations;
  operations.reserve(record.operations.size());
  for (const format::OperationView& operation : record.operations) {
    operations.push_back(&operation);
  }
  const auto client_of = [&](const format::OperationView* operation) {
    return record.keys[operation->key_index].client;
  };
  std::ranges::stable_sort(operations, {}, client_of);
  for (std::size_t begin = 0; begin < operations.size();) {
    std::size_t end = begin + 1;
    while (end < operations.size() && client_of(operations[end]) == client_of(operations[begin])) {
      ++end;
    }
    if (!fold_client(lsn, record, Operations(operations).subspan(begin, end - begin))) return false;
    begin = end;
  }
  return true;
}

bool ClientTable::fold_client(Lsn lsn, const format::RecordView& record, Operations operations) {
  const std::string_view name = record.keys[operations.front()->key_index].client;
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  NamedClient& client = find_or_create_locked(shard, name);
  if (lsn <= client.second.up_to) return true;
  for (const format::OperationView* operation : operations) {
    if (!fold_operation(client.second, lsn, record, *operation)) return false;
  }
  client.second.last = lsn;
  mark_dirty_locked(shard, client);
  const auto& deltas = client.second.deltas;
  if (due_after_ > 0 && deltas && deltas->size() >= due_after_) due_ = true;
  return true;
}

void ClientTable::mark_dirty_locked(Shard& shard, NamedClient& client) {
  if (client.second.dirty) return;
  client.second.dirty = true;
  shard.dirty.push_back(&client);
}

}  // namespace seawall::state
