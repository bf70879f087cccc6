#include "state/id_ranges.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "seawall/types.h"

namespace seawall::state {
namespace {

std::ptrdiff_t step(std::size_t index) {
  return static_cast<std::ptrdiff_t>(index);
}

bool begins_above(std::uint64_t id, const IdRange& range) {
  return id < range.first;
}

}  // namespace

IdRanges IdRanges::copy() const {
  IdRanges result;
  for_each([&](const IdRange& range) { result.push_back(range); });
  return result;
}

IdRanges::Slot IdRanges::slot_of(std::uint64_t id) const {
  if (chunks_.empty()) return {};
  // Ids mostly arrive in order, and then belong to the last chunk.
  std::size_t chunk = chunks_.size() - 1;
  if (id < chunks_.back().front().first) {
    const auto above =
        std::upper_bound(chunks_.begin(), chunks_.end(), id,
                         [](std::uint64_t key, const Chunk& c) { return key < c.front().first; });
    chunk = above == chunks_.begin()
                ? 0
                : static_cast<std::size_t>(std::distance(chunks_.begin(), above)) - 1;
  }
  const Chunk& ranges = chunks_[chunk];
  const auto above = std::upper_bound(ranges.begin(), ranges.end(), id, begins_above);
  return {chunk, static_cast<std::size_t>(std::distance(ranges.begin(), above))};
}

bool IdRanges::contains(std::uint64_t id) const {
  const Slot slot = slot_of(id);
  return slot.range > 0 && chunks_[slot.chunk][slot.range - 1].last >= id;
}

bool IdRanges::insert(std::uint64_t id) {
  const Slot slot = slot_of(id);
  IdRange* below = slot.range > 0 ? &chunks_[slot.chunk][slot.range - 1] : nullptr;
  if (below != nullptr && below->last >= id) return false;

  Slot above_slot = slot;
  if (!chunks_.empty() && slot.range == chunks_[slot.chunk].size())
    above_slot = {slot.chunk + 1, 0};
  IdRange* above =
      above_slot.chunk < chunks_.size() ? &chunks_[above_slot.chunk][above_slot.range] : nullptr;

  const bool joins_below = below != nullptr && below->last + 1 == id;
  const bool joins_above = above != nullptr && above->first == id + 1;
  if (joins_below && joins_above) {
    below->last = above->last;
    erase_at(above_slot);
  } else if (joins_below) {
    below->last = id;
  } else if (joins_above) {
    above->first = id;
  } else {
    insert_at(slot, {id, id});
  }
  return true;
}

void IdRanges::push_back(IdRange range) {
  if (chunks_.empty()) {
    insert_at({}, range);
  } else {
    insert_at({chunks_.size() - 1, chunks_.back().size()}, range);
  }
}

void IdRanges::pop_back() {
  erase_at({chunks_.size() - 1, chunks_.back().size() - 1});
}

void IdRanges::insert_at(Slot slot, IdRange range) {
  const bool at_end = slot.chunk + 1 >= chunks_.size() && slot.range == kChunkRanges;
  if (chunks_.empty() || at_end) {
    // Growth in order fills every chunk; halving would leave all half empty.
    append_chunk(range);
  } else {
    if (chunks_[slot.chunk].size() == kChunkRanges) {
      split(slot.chunk);
      if (const std::size_t kept = chunks_[slot.chunk].size(); slot.range > kept)
        slot = {slot.chunk + 1, slot.range - kept};
    }
    Chunk& chunk = chunks_[slot.chunk];
    chunk.insert(chunk.begin() + step(slot.range), range);
  }
  ++ranges_;
}

void IdRanges::append_chunk(IdRange range) {
  Chunk chunk;
  if (!chunks_.empty()) chunk.reserve(kChunkRanges);
  chunk.push_back(range);
  chunks_.push_back(std::move(chunk));
}

// The upper half leaves its chunk only once it lies in the next one.
void IdRanges::split(std::size_t chunk) {
  const std::size_t kept = chunks_[chunk].size() / 2;
  Chunk upper;
  upper.reserve(kChunkRanges);
  upper.assign(chunks_[chunk].begin() + step(kept), chunks_[chunk].end());
  chunks_.insert(chunks_.begin() + step(chunk + 1), std::move(upper));
  chunks_[chunk].resize(kept);
}

// Allocates nothing: a chunk that another joins has room for both.
void IdRanges::erase_at(Slot slot) {
  Chunk& chunk = chunks_[slot.chunk];
  chunk.erase(chunk.begin() + step(slot.range));
  --ranges_;
  if (chunk.empty()) {
    chunks_.erase(chunks_.begin() + step(slot.chunk));
  } else if (chunk.size() < kChunkRanges / 4) {
    merge_small(slot.chunk);
  }
}

// Gaps that fill up must give their memory back: a chunk under a quarter full joins a neighbour
// unless the result would be so full that it soon splits again.
void IdRanges::merge_small(std::size_t chunk) {
  const std::size_t lower = chunk > 0 ? chunk - 1 : chunk;
  const std::size_t upper = lower + 1;
  if (upper >= chunks_.size()) return;
  if (chunks_[lower].size() + chunks_[upper].size() > kChunkRanges / 2) return;
  chunks_[lower].insert(chunks_[lower].end(), chunks_[upper].begin(), chunks_[upper].end());
  chunks_.erase(chunks_.begin() + step(upper));
}

std::size_t IdRanges::memory_bytes() const {
  const std::size_t outer = chunks_.capacity() * sizeof(Chunk);
  if (chunks_.empty()) return outer;
  const std::size_t each = chunks_.size() == 1 ? chunks_.front().capacity() : kChunkRanges;
  return outer + chunks_.size() * each * sizeof(IdRange);
}

}  // namespace seawall::state
