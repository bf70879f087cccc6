// Directory minus survivors: who lost what.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/types.h"

#include "storage/file/segment_directory.h"

namespace seawall::storage {
namespace {

// Cuts the ranges `surviving` out of `range`; both are sorted.
void add_missing(IdRange range, const std::map<std::uint64_t, std::uint64_t>& surviving,
                 std::vector<IdRange>& missing) {
  for (const auto& [first, last] : surviving) {
    if (last < range.first) continue;
    if (first > range.last) break;
    if (first > range.first) missing.push_back({range.first, first - 1});
    if (last >= range.last) return;
    range.first = last + 1;
  }
  missing.push_back(range);
}

// When an id was used in several lives, its loss in one hides behind the others: then nothing is
// missing by name, and all of them are named.
ProducerIds missing_ids(const std::string& producer, const DirectoryIds& whole,
                        const DirectoryIds& surviving) {
  ProducerIds missing{.producer = producer, .integers = {}, .texts = {}};
  for (const auto& [first, last] : whole.integers) {
    add_missing({first, last}, surviving.integers, missing.integers);
  }
  std::ranges::set_difference(whole.texts, surviving.texts, std::back_inserter(missing.texts));
  if (!missing.integers.empty() || !missing.texts.empty()) return missing;
  for (const auto& [first, last] : whole.integers) missing.integers.push_back({first, last});
  missing.texts.assign(whole.texts.begin(), whole.texts.end());
  return missing;
}

}  // namespace

std::optional<std::vector<ClientIds>> missing_clients(const SegmentDirectory& whole,
                                                      const SegmentDirectory& survivors) {
  const DirectoryIds none;
  std::vector<ClientIds> missing;
  for (const auto& [key, ids] : whole.entries) {
    const auto found = survivors.entries.find(key);
    const DirectoryIds& surviving = found == survivors.entries.end() ? none : found->second;
    if (surviving.operations > ids.operations) return std::nullopt;
    if (surviving.operations == ids.operations) continue;
    if (missing.empty() || missing.back().client != key.first) {
      missing.push_back({.client = key.first, .ids = {}});
    }
    missing.back().ids.push_back(missing_ids(key.second, ids, surviving));
  }
  const bool stranger = std::ranges::any_of(
      survivors.entries, [&](const auto& entry) { return !whole.entries.contains(entry.first); });
  if (stranger) return std::nullopt;
  return missing;
}

}  // namespace seawall::storage
