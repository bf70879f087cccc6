#pragma once

/// \file
/// A set of integers kept as ranges.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "seawall/types.h"

namespace seawall::state {

/// Integers 0..2^63-1 as sorted, disjoint, non-adjacent ranges, so that a run of any length costs
/// 16 bytes.
///
/// Ranges lie in chunks of at most `kChunkRanges`, each sorted and all before the next: an insert
/// between a million isolated ids moves one chunk's tail and not a million ranges.
///
/// Exceptions: `bad_alloc` from what adds or copies; the set is then what it was. What removes
/// throws nothing.
class IdRanges {
 public:
  static constexpr std::size_t kChunkRanges = 256;  // 4 KiB: the move costs less than the search

  IdRanges() = default;
  IdRanges(IdRanges&&) = default;
  IdRanges& operator=(IdRanges&&) = default;
  IdRanges(const IdRanges&) = delete;
  IdRanges& operator=(const IdRanges&) = delete;
  ~IdRanges() = default;
  [[nodiscard]] IdRanges copy() const;

  [[nodiscard]] bool empty() const { return ranges_ == 0; }
  /// Returns the number of ranges.
  [[nodiscard]] std::size_t size() const { return ranges_; }
  [[nodiscard]] bool contains(std::uint64_t id) const;
  /// Returns false when `id` is already there.
  bool insert(std::uint64_t id);

  /// Returns the highest range; not for an empty set.
  [[nodiscard]] const IdRange& back() const { return chunks_.back().back(); }
  /// Adds a range that begins above `back().last + 1`.
  void push_back(IdRange range);
  void pop_back();

  /// Returns the heap memory held, in bytes. Takes constant time.
  [[nodiscard]] std::size_t memory_bytes() const;

  template <class Visit>
  void for_each(Visit visit) const {
    for (const Chunk& chunk : chunks_)
      for (const IdRange& range : chunk) visit(range);
  }

 private:
  using Chunk = std::vector<IdRange>;

  /// Where `id` belongs: before range `range` of chunk `chunk`, and after all that begin lower.
  struct Slot {
    std::size_t chunk = 0;
    std::size_t range = 0;
  };
  [[nodiscard]] Slot slot_of(std::uint64_t id) const;
  void insert_at(Slot slot, IdRange range);
  void erase_at(Slot slot);
  void append_chunk(IdRange range);
  void split(std::size_t chunk);
  void merge_small(std::size_t chunk);

  std::vector<Chunk> chunks_;  // none empty; of several, each has room for kChunkRanges
  std::size_t ranges_ = 0;
};

}  // namespace seawall::state
