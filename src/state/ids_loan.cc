#include "state/ids_loan.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/coding.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/named_client.h"

namespace seawall::state {

IdsLoan::IdsLoan(ClientTable::Shard& shard, NamedClient& client)
    : shard_(shard), client_(client), lent_(std::make_shared<DedupSets>()) {
  RareState& rare = client.state.own_rare();
  // Only when memory ran short at a former loan's end is there still something lent.
  if (rare.lent) {
    rare.lent->absorb(client.state.ids);
    client.state.ids = std::exchange(*rare.lent, {});
  }
  *lent_ = std::exchange(client.state.ids, {});
  rare.lent = lent_;
}

IdsLoan::~IdsLoan() {
  // After the mutex is released, the rest of what was lent goes with `lent_` and `kept_`.
  const std::scoped_lock lock(shard_.mutex);
  Client& state = client_.state;
  if (!state.rare || state.rare->lent != lent_) return;
  DedupSets& whole = has_less_ ? kept_ : *lent_;
  try {
    whole.absorb(state.ids);
  } catch (const std::exception&) {
    // Memory ran short. Both stay as they are, and look-ups go on asking both.
    return;
  }
  std::swap(state.ids, whole);
  state.rare->lent.reset();
}

std::string IdsLoan::encode(std::uint64_t oldest_us) {
  std::string bytes;
  lent_->encode(bytes, oldest_us);
  if (!lent_->has_before(oldest_us)) return bytes;
  // Look-ups read the lent set, so the smaller one is made beside it.
  base::Reader reader(bytes);
  auto kept = DedupSets::decode(reader);
  SEAWALL_CHECK(kept && reader.done());
  kept_ = std::move(*kept);
  has_less_ = true;
  return bytes;
}

}  // namespace seawall::state
