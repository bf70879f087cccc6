#pragma once

#include <vector>

#include "seawall/types.h"

#include "state/dedup_set.h"

namespace seawall::state {

/// Returns the ids of a client's life together with the keys of its clears, sorted by producer.
/// `clear_ids` may be null.
[[nodiscard]] std::vector<ProducerIds> known_ids(const DedupSets& ids, const DedupSets* clear_ids);

}  // namespace seawall::state
