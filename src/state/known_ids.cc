#include "state/known_ids.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "state/dedup_set.h"

namespace seawall::state {
namespace {

std::vector<IdRange> joined(const std::vector<IdRange>& first, const std::vector<IdRange>& second) {
  std::vector<IdRange> sorted;
  std::ranges::merge(first, second, std::back_inserter(sorted));
  std::vector<IdRange> result;
  for (const IdRange& range : sorted) {
    if (result.empty() || result.back().last + 1 < range.first) {
      result.push_back(range);
    } else {
      result.back().last = std::max(result.back().last, range.last);
    }
  }
  return result;
}

void add(ProducerIds& ids, const ProducerIds& more) {
  ids.integers = joined(ids.integers, more.integers);
  std::vector<std::string> texts;
  std::ranges::set_union(ids.texts, more.texts, std::back_inserter(texts));
  ids.texts = std::move(texts);
}

}  // namespace

std::vector<ProducerIds> known_ids(const DedupSets& ids, const DedupSets* clear_ids) {
  std::vector<ProducerIds> result = ids.ids();
  if (clear_ids == nullptr) return result;
  for (ProducerIds& more : clear_ids->ids()) {
    const auto place = std::ranges::lower_bound(result, more.producer, {}, &ProducerIds::producer);
    if (place != result.end() && place->producer == more.producer) {
      add(*place, more);
    } else {
      result.insert(place, std::move(more));
    }
  }
  return result;
}

}  // namespace seawall::state
