#include "state/client_table.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/dedup_set.h"
#include "state/graveyard.h"
#include "state/named_client.h"
#include "state/operation_rule.h"

namespace seawall::state {
namespace {

void apply(Client& client, Lsn lsn, const format::OperationView& operation, std::uint32_t version) {
  if (!client.deltas) {
    constexpr std::size_t kDeltasAtFirst = 4;
    client.deltas = std::make_unique<std::vector<Delta>>();
    client.deltas->reserve(kDeltasAtFirst);
  }
  client.deltas->push_back(
      {operation.delta.data(), static_cast<std::uint32_t>(operation.delta.size()), version, lsn});
  client.exists = true;
}

// Ends the life. What its checkpoint holds is void from here on: the newest entry stays what it is
// until a round writes another, but `incarnation` says that it is a former life's.
void end_life(Client& client, Graveyard& graveyard, Lsn lsn, const format::KeyView& key) {
  // First what may throw.
  if (!key.id.is_none()) client.own_rare().clear_ids.insert(key.producer, key.id);
  client.deltas.reset();
  graveyard.bury(std::move(client.live));
  client.exists = false;
  client.incarnation = lsn;
}

void forget(Client& client, Graveyard& graveyard, Lsn lsn, const format::KeyView& key) {
  end_life(client, graveyard, lsn, key);
  graveyard.bury(std::exchange(client.ids, {}));
  if (client.has_lent()) {
    // The loan that lent them destroys them; one that is over left them alone.
    if (client.rare->lent.use_count() == 1) graveyard.bury(std::exchange(*client.rare->lent, {}));
    client.rare->lent.reset();
  }
  client.ended = false;
}

// An id that may expire contradicts nothing when it comes again: whether it had expired was decided
// when the record was admitted, by a retention that replay does not know.
bool remember(DedupSets& ids, std::uint64_t time_us, const format::KeyView& key) {
  return key.expires ? ids.insert_timed(key.producer, key.id.text(), time_us)
                     : ids.insert(key.producer, key.id);
}

/// A durable record on its way into the table.
struct Folded {
  Lsn lsn;
  std::uint64_t time_us = 0;
  const format::RecordView& record;
};

bool fold_operation(Client& client, Graveyard& graveyard, const Folded& folded,
                    const format::OperationView& operation) {
  const Lsn lsn = folded.lsn;
  const format::KeyView& key = folded.record.keys[operation.key_index];
  const bool is_clear = operation.kind != format::OperationKind::kApply;
  // A clear changes which ids are known, so it looks before; an apply inserts in the same step, but
  // not into an ended life.
  const auto is_known = [&] {
    if (key.id.is_none()) return false;
    if (is_clear) return client.knows(key.producer, key.id, DedupSets::kForEver);
    return client.knows_clear(key.producer, key.id) ||
           client.knows_lent(key.producer, key.id, DedupSets::kForEver) ||
           (!client.ended && !remember(client.ids, folded.time_us, key));
  };
  switch (decide({lsn <= client.trail.up_to(), operation.kind, client.ended, is_known()})) {
    case OperationAction::kSkip:
      return true;
    case OperationAction::kDuplicate:
    case OperationAction::kCleared:
      // The writer drops these before it writes.
      return false;
    case OperationAction::kApply:
      apply(client, lsn, operation, folded.record.interpreter_version);
      return true;
    case OperationAction::kForget:
      forget(client, graveyard, lsn, key);
      return true;
    case OperationAction::kEnd:
      end_life(client, graveyard, lsn, key);
      client.ended = true;
      return true;
  }
  return false;
}

/// Notes that a record was folded by half when memory ran short in the middle. The log is poisoned
/// then; nobody may read the half, and no checkpoint may hold it: the record stands in the log.
class Tear {
 public:
  Tear(std::atomic<bool>& torn, Client& client) : torn_(torn), client_(client) {}
  Tear(const Tear&) = delete;
  Tear& operator=(const Tear&) = delete;
  ~Tear() {
    if (mended_) return;
    client_.contradicted = true;
    torn_ = true;
  }
  void mend() { mended_ = true; }

 private:
  std::atomic<bool>& torn_;
  Client& client_;
  bool mended_ = false;
};

}  // namespace

NamedClient& ClientTable::find_or_create_locked(Shard& shard, const Name& name) {
  return shard.clients.find_or_create(name);
}

NamedClient* ClientTable::find_locked(Shard& shard, const Name& name) {
  return shard.clients.find(name);
}

void ClientTable::reserve(std::size_t clients) {
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    shard.clients.reserve(clients / shards_.size());
  }
}

void ClientTable::prefetch(std::span<const Name> names) {
  for (const Name& name : names) shard_of(name).clients.prefetch(name);
  for (const Name& name : names) shard_of(name).clients.prefetch_client(name);
}

ClientTable::Place ClientTable::find_or_create(const Name& name) {
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  return {&shard, &find_or_create_locked(shard, name)};
}

bool ClientTable::fold(Lsn lsn, std::uint64_t time_us, const format::RecordView& record,
                       std::span<const Place> places) {
  if (places.size() == 1) {
    const format::OperationView* operation = record.operations.data();
    return fold_client(lsn, time_us, record, places.front(), {&operation, 1});
  }
  const auto client_of = [&](const format::OperationView* operation) {
    return places[static_cast<std::size_t>(operation - record.operations.data())];
  };
  std::vector<const format::OperationView*> operations;
  operations.reserve(record.operations.size());
  for (const format::OperationView& operation : record.operations) {
    operations.push_back(&operation);
  }
  // By client, and each client's in the record's order, in which they lie in memory.
  std::ranges::sort(operations, {}, [&](const format::OperationView* operation) {
    return std::pair(client_of(operation).client, operation);
  });
  bool sound = true;
  for (std::size_t begin = 0; begin < operations.size();) {
    const Place place = client_of(operations[begin]);
    std::size_t end = begin + 1;
    while (end < operations.size() && client_of(operations[end]).client == place.client) ++end;
    const Operations own = Operations(operations).subspan(begin, end - begin);
    sound = fold_client(lsn, time_us, record, place, own) && sound;
    begin = end;
  }
  return sound;
}

bool ClientTable::fold(Lsn lsn, std::uint64_t time_us, const format::RecordView& record) {
  const auto place_of = [&](const format::OperationView& operation) {
    return find_or_create(record.keys[operation.key_index].client);
  };
  if (record.operations.size() == 1) {
    const Place place = place_of(record.operations.front());
    return fold(lsn, time_us, record, {&place, 1});
  }
  std::vector<Place> places;
  places.reserve(record.operations.size());
  for (const format::OperationView& operation : record.operations) {
    places.push_back(place_of(operation));
  }
  return fold(lsn, time_us, record, places);
}

bool ClientTable::fold_client(Lsn lsn, std::uint64_t time_us, const format::RecordView& record,
                              const Place& place, Operations operations) {
  const std::scoped_lock lock(place.shard->mutex);
  NamedClient& client = *place.client;
  if (lsn <= client.state.trail.up_to()) return true;
  Tear tear(torn_, client.state);
  for (const format::OperationView* operation : operations) {
    if (!fold_operation(client.state, place.shard->graveyard, {lsn, time_us, record}, *operation)) {
      tear.mend();
      client.state.contradicted = true;
      return false;
    }
  }
  client.state.last = lsn;
  if (client.state.incarnation == lsn) {
    // A clear begins anew, or ends, whatever was lost before it.
    client.state.quarantined = false;
    client.state.contradicted = false;
    client.state.proven = unknown_quarantined_;
  }
  mark_dirty_locked(*place.shard, client);
  tear.mend();
  if (const std::uint64_t bytes = bytes_due(client.state); bytes > 0) {
    due_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  return true;
}

std::uint64_t ClientTable::bytes_due(const Client& client) const {
  if (due_records_ == 0 || !client.deltas || client.deltas->size() % due_records_ != 0) return 0;
  // Looked at after 3, 6, 12, ... deltas, so that a client with many costs no more per delta.
  if (!std::has_single_bit(client.deltas->size() / due_records_)) return 0;
  std::uint64_t bytes = 0;
  for (const Delta& delta : *client.deltas) bytes += delta.length;
  const std::uint64_t state_bytes =
      client.base().object != 0 ? client.base().length : client.trail.body().length;
  if (static_cast<double>(bytes) < due_share_ * static_cast<double>(state_bytes)) return 0;
  return std::max<std::uint64_t>(bytes, 1);
}

bool ClientTable::is_quarantined(std::string_view name) {
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  const NamedClient* client = find_locked(shard, name);
  if (client == nullptr) return unknown_quarantined_;
  return client->state.quarantined || (unknown_quarantined_ && !client->state.proven);
}

std::vector<std::string> ClientTable::quarantined_clients() {
  std::vector<std::string> names;
  visit_all([&](const NamedClient& client) {
    if (client.state.quarantined) names.emplace_back(client.name());
  });
  std::ranges::sort(names);
  return names;
}

void ClientTable::destroy_ids() {
  for (Shard& shard : shards_) {
    if (!shard.graveyard.has_ids()) continue;
    std::unique_lock lock(shard.mutex);
    const std::list<DedupSets> remains = shard.graveyard.take_ids();
    lock.unlock();
  }
}

void ClientTable::destroy_states() {
  for (Shard& shard : shards_) {
    if (!shard.graveyard.has_states()) continue;
    std::unique_lock lock(shard.mutex);
    const LiveList remains = shard.graveyard.take_states();
    lock.unlock();
  }
}

void ClientTable::mark_dirty_locked(Shard& shard, NamedClient& client) {
  if (client.state.dirty) return;
  shard.dirty.push_back(&client);
  client.state.dirty = true;
}

}  // namespace seawall::state
