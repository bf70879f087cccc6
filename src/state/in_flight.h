#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "seawall/types.h"

#include "state/client.h"

namespace seawall::state {

/// Ids and clears that were given an LSN and are not yet durable. A duplicate of one waits for it
/// and shares its fate. Decisions are taken here in LSN order.
///
/// Used under the commit mutex; reads clients under their shard's mutex.
class InFlight {
 public:
  struct Decision {
    Outcome outcome = Outcome::kCommitted;
    /// Not committed: what must be durable before the outcome may be reported. 0: it is already.
    Lsn covering;
  };

  /// Decides an operation that would get `lsn`, and registers it when it is to be committed. Ids
  /// with a time before `oldest_us` have expired. The caller holds the mutex of `client`'s shard.
  Decision admit(NamedClient& client, const Operation& operation, Lsn lsn, std::uint64_t oldest_us);

  /// Removes what is durable: everything up to `durable`.
  void retire(Lsn durable);

 private:
  struct Key {
    const NamedClient* client = nullptr;
    std::uint64_t life = 0;  ///< LSN of the clear it follows, or kAnyLife.
    std::string producer;
    BatchId id;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  /// The newest clear in flight of a client.
  struct Life {
    Lsn lsn;
    bool ended = false;
  };
  using Ids = std::unordered_map<Key, Lsn, KeyHash>;
  struct Entry {
    Lsn lsn;
    NamedClient* client = nullptr;
    const Key* id = nullptr;  ///< Its key in `ids_`, null when the operation has none.
  };

  Decision decide(const NamedClient& client, const Operation& operation, std::uint64_t oldest_us,
                  Key& key) const;

  Ids ids_;
  std::unordered_map<const NamedClient*, Life> lives_;
  std::deque<Entry> entries_;  ///< In LSN order.
};

}  // namespace seawall::state
