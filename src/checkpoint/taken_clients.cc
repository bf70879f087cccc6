#include "checkpoint/taken_clients.h"

#include <algorithm>
#include <cstddef>
#include <mutex>

#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::checkpoint {

void TakenClients::take_all() {
  for (state::ClientTable::Shard& shard : table_.shards()) {
    for (std::size_t wanted = take_fitting(shard); wanted > 0; wanted = take_fitting(shard)) {
      // Outside of the shard's mutex: nobody waits while the list moves.
      backlog_.reserve(2 * wanted);
    }
  }
  end_ = backlog_.size();
}

std::size_t TakenClients::take_fitting(state::ClientTable::Shard& shard) {
  const std::scoped_lock lock(shard.mutex);
  const std::size_t wanted = backlog_.size() + shard.dirty.size();
  if (wanted > backlog_.capacity()) return wanted;
  backlog_.insert(backlog_.end(), shard.dirty.begin(), shard.dirty.end());
  shard.dirty.clear();
  return 0;
}

state::NamedClient* TakenClients::next() {
  if (begun_ == end_) return nullptr;
  state::NamedClient* client = backlog_[begun_];
  const std::scoped_lock lock(table_.shard_of(client->name()).mutex);
  client->state.dirty = false;
  ++begun_;
  return client;
}

TakenClients::~TakenClients() {
  const auto begun = backlog_.begin() + static_cast<std::ptrdiff_t>(begun_);
  if (is_covered_) {
    backlog_.erase(backlog_.begin(), begun);
    return;
  }
  const auto given_back = std::remove_if(backlog_.begin(), begun, [&](state::NamedClient* client) {
    const std::scoped_lock lock(table_.shard_of(client->name()).mutex);
    // A client that changed meanwhile is in its shard's list already.
    if (client->state.dirty) return true;
    client->state.dirty = true;
    return false;
  });
  backlog_.erase(given_back, begun);
}

}  // namespace seawall::checkpoint
