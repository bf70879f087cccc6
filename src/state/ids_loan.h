#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/named_client.h"

namespace seawall::state {

/// The ids of a client's life, lent to a round that encodes them: a set of millions would hold its
/// shard's mutex for long. Meanwhile look-ups ask the lent set as well (`Client::knows`), and new
/// ids go into an empty one; at the loan's end both are one again, unless the life is over.
///
/// One loan of a client at a time: only one round runs.
class IdsLoan {
 public:
  /// Takes the ids. The caller holds `shard`'s mutex. Exceptions: `bad_alloc`, nothing is taken.
  IdsLoan(ClientTable::Shard& shard, NamedClient& client);
  IdsLoan(const IdsLoan&) = delete;
  IdsLoan& operator=(const IdsLoan&) = delete;
  /// Gives them back. The caller does not hold the mutex, and the client is still in the table.
  ~IdsLoan();

  /// Returns the ids encoded, as they were when they were lent, without those that have a time
  /// before `oldest_us`; and forgets those. To be called without the mutex.
  [[nodiscard]] std::string encode(std::uint64_t oldest_us);

 private:
  ClientTable::Shard& shard_;
  NamedClient& client_;
  std::shared_ptr<DedupSets> lent_;
  DedupSets kept_;  ///< What `encode` left, when that is less than `lent_`.
  bool has_less_ = false;
};

}  // namespace seawall::state
