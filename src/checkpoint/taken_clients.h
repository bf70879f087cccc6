#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <vector>

#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::checkpoint {

/// Clients that rounds took off the table's dirty lists and have not checkpointed. Lives as long as
/// the table: what a round that failed gives back lies here, so that giving back allocates nothing,
/// and the next round begins with it. Used by rounds only, of which one runs at a time.
///
/// Each of these clients has its dirty mark, and is in no list of the table.
using Backlog = std::vector<state::NamedClient*>;

/// The clients that one round took. However the round ends, with an error or an exception, those it
/// did not cover are dirty again and will be in the next round.
class TakenClients {
 public:
  TakenClients(state::ClientTable& table, Backlog& backlog) : table_(table), backlog_(backlog) {}
  ~TakenClients();
  TakenClients(const TakenClients&) = delete;
  TakenClients& operator=(const TakenClients&) = delete;

  /// Takes every dirty client. When it throws, each is still dirty.
  void take_all();

  [[nodiscard]] std::size_t size() const { return end_; }

  /// Leaves those for which `is_wanted` is false, called with the client's shard locked, to the
  /// next round.
  template <class IsWanted>
  void take_only(IsWanted is_wanted) {
    const auto wanted =
        std::partition(backlog_.begin(), backlog_.end(), [&](const state::NamedClient* client) {
          const std::scoped_lock lock(table_.shard_of(client->name()).mutex);
          return is_wanted(client->state);
        });
    end_ = static_cast<std::size_t>(wanted - backlog_.begin());
  }

  /// Returns the next client, null at the end. From here on a change makes it dirty anew.
  [[nodiscard]] state::NamedClient* next();

  /// A manifest covers every client that `next` returned.
  void cover() { is_covered_ = true; }

 private:
  /// Takes a shard's dirty clients when the list has room for them; else returns how many it needs.
  [[nodiscard]] std::size_t take_fitting(state::ClientTable::Shard& shard);

  state::ClientTable& table_;
  Backlog& backlog_;
  std::size_t begun_ = 0;  // how many `next` returned
  std::size_t end_ = 0;    // how many it will have returned
  bool is_covered_ = false;
};

}  // namespace seawall::checkpoint
