#include "state/dedup_set.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "state/dedup_seen.h"
#include "state/id_ranges.h"

namespace seawall::state {

DedupSets::DedupSets() noexcept = default;
DedupSets::~DedupSets() = default;

DedupSets::DedupSets(DedupSets&& other) noexcept
    : top_(std::exchange(other.top_, kNoRange)), rest_(std::move(other.rest_)) {}

DedupSets& DedupSets::operator=(DedupSets&& other) noexcept {
  top_ = std::exchange(other.top_, kNoRange);
  rest_ = std::exchange(other.rest_, nullptr);
  return *this;
}

void DedupSets::clear() {
  *this = DedupSets();
}

DedupSets DedupSets::copy() const {
  DedupSets result;
  result.top_ = top_;
  if (rest_ == nullptr) return result;
  result.rest_ = std::make_unique<Rest>();
  result.rest_->own = rest_->own.copy();
  for (const auto& [producer, seen] : rest_->others)
    result.rest_->others.emplace(producer, seen.copy());
  return result;
}

bool DedupSets::contains_rest(std::string_view producer, const BatchId& id,
                              std::uint64_t oldest_us) const {
  if (rest_ == nullptr) return false;
  if (producer.empty()) return rest_->own.contains(id, oldest_us);
  const auto found = rest_->others.find(producer);
  return found != rest_->others.end() && found->second.contains(id, oldest_us);
}

DedupSets::Seen* DedupSets::find_seen(std::string_view producer) {
  if (rest_ == nullptr) return nullptr;
  if (producer.empty()) return &rest_->own;
  const auto found = rest_->others.find(producer);
  return found != rest_->others.end() ? &found->second : nullptr;
}

// What is new is whole before it lies here: when memory runs short, no empty part stays.
template <class Add>
bool DedupSets::add(std::string_view producer, Add add_to) {
  if (Seen* const seen = find_seen(producer); seen != nullptr) return add_to(*seen);
  Seen seen;
  const bool added = add_to(seen);
  adopt_seen(producer, std::move(seen));
  return added;
}

void DedupSets::adopt_seen(std::string_view producer, Seen&& seen) {
  std::unique_ptr<Rest> fresh = rest_ == nullptr ? std::make_unique<Rest>() : nullptr;
  Rest& rest = fresh != nullptr ? *fresh : *rest_;
  if (producer.empty()) {
    rest.own = std::move(seen);
  } else {
    rest.others.emplace(producer, std::move(seen));
  }
  if (fresh != nullptr) rest_ = std::move(fresh);
}

bool DedupSets::insert_timed(std::string_view producer, const std::string& text,
                             std::uint64_t time_us) {
  return add(producer, [&](Seen& seen) { return seen.insert_timed(text, time_us); });
}

void DedupSets::forget_before(std::uint64_t oldest_us) {
  if (rest_ == nullptr || oldest_us == 0) return;
  rest_->own.forget_before(oldest_us);
  for (auto& [producer, seen] : rest_->others) seen.forget_before(oldest_us);
  std::erase_if(rest_->others, [](const auto& other) { return other.second.empty(); });
  if (rest_->empty()) rest_ = nullptr;
}

bool DedupSets::has_before(std::uint64_t oldest_us) const {
  if (rest_ == nullptr || oldest_us == 0) return false;
  return rest_->own.count_before(oldest_us) > 0 ||
         std::ranges::any_of(rest_->others, [&](const auto& other) {
           return other.second.count_before(oldest_us) > 0;
         });
}

bool DedupSets::is_large() const {
  // A thousand take about ten microseconds to encode.
  constexpr std::size_t kProducersMax = 16;
  constexpr std::size_t kIdsMax = 1'000;
  if (rest_ == nullptr) return false;
  if (rest_->others.size() > kProducersMax) return true;
  std::size_t ids = rest_->own.size();
  for (const auto& [producer, seen] : rest_->others) ids += seen.size();
  return ids > kIdsMax;
}

void DedupSets::absorb(const DedupSets& newer) {
  const auto insert_range = [&](const IdRange& range) {
    for (std::uint64_t id = range.first; id <= range.last; ++id) insert("", BatchId(id));
  };
  if (newer.rest_ != nullptr) {
    newer.rest_->own.integers.for_each(insert_range);
    absorb("", newer.rest_->own);
    for (const auto& [producer, seen] : newer.rest_->others) {
      seen.integers.for_each([&](const IdRange& range) {
        for (std::uint64_t id = range.first; id <= range.last; ++id) insert(producer, BatchId(id));
      });
      absorb(producer, seen);
    }
  }
  if (newer.has_top()) insert_range(newer.top_);
}

// Its texts.
void DedupSets::absorb(std::string_view producer, const Seen& newer) {
  for (const std::string& text : newer.texts) insert(producer, BatchId(text));
  for (const auto& [text, time_us] : newer.timed) insert_timed(producer, text, time_us);
}

bool DedupSets::insert_rest(std::string_view producer, const BatchId& id) {
  if (!id.is_integer() && !id.is_text()) return true;
  if (producer.empty() && id.is_integer()) return insert_own(id.integer());
  return add(producer, [&](Seen& seen) { return seen.insert(id); });
}

// Everything but `top_.last + 1`, which the caller has taken care of.
bool DedupSets::insert_own(std::uint64_t id) {
  if (!has_top()) {
    top_ = {id, id};
    return true;
  }
  if (id > top_.last) {
    add("", [&](Seen& own) {
      own.integers.push_back(top_);
      return true;
    });
    top_ = {id, id};
    return true;
  }
  if (id >= top_.first) return false;
  if (id + 1 < top_.first) return add("", [&](Seen& own) { return own.integers.insert(id); });
  lower_top();
  return true;
}

// Takes in `top_.first - 1`, which no range holds, and the range below when that closes its gap.
void DedupSets::lower_top() {
  --top_.first;
  if (rest_ == nullptr || rest_->own.integers.empty()) return;
  IdRanges& below = rest_->own.integers;
  if (below.back().last + 1 < top_.first) return;
  top_.first = below.back().first;
  below.pop_back();
  if (rest_->empty()) rest_ = nullptr;
}

std::size_t DedupSets::memory_bytes() const {
  if (rest_ == nullptr) return 0;
  std::size_t bytes = sizeof(Rest) + rest_->own.memory_bytes();
  for (const auto& [producer, seen] : rest_->others)
    bytes += kTreeNodeBytes + sizeof(std::string) + heap_bytes(producer) + sizeof(Seen) +
             seen.memory_bytes();
  return bytes;
}

std::vector<ProducerIds> DedupSets::ids() const {
  std::vector<ProducerIds> result;
  const auto add = [&](std::string_view producer, const Seen* seen) -> ProducerIds& {
    ProducerIds& ids = result.emplace_back();
    ids.producer = producer;
    if (seen == nullptr) return ids;
    seen->integers.for_each([&](const IdRange& range) { ids.integers.push_back(range); });
    ids.texts.assign(seen->texts.begin(), seen->texts.end());
    for (const auto& [text, time_us] : seen->timed) ids.texts.push_back(text);
    std::ranges::sort(ids.texts);
    return ids;
  };
  if (has_top()) {
    add("", rest_ == nullptr ? nullptr : &rest_->own).integers.push_back(top_);
  } else if (rest_ != nullptr && !rest_->own.empty()) {
    add("", &rest_->own);
  }
  if (rest_ == nullptr) return result;
  for (const auto& [producer, seen] : rest_->others) add(producer, &seen);
  return result;
}

}  // namespace seawall::state
