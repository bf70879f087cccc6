#pragma once

/// \file
/// Which ids one client's life has seen: what makes a redelivery a duplicate.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "base/coding.h"

namespace seawall::state {

/// Exact deduplication of one client's life: every id of every producer, in whatever order they
/// came; never "at most the highest seen". Ids that are neither integer nor text are never
/// remembered.
///
/// A text id is remembered until the life ends or, when its writer had a retention
/// (`Options::text_ids_kept_us`), with the time of its group, so that it may expire.
///
/// Producer ""'s highest integer range lies in the object itself, so that a client whose ids come
/// in order holds no heap at all, and a gap that never fills does not slow down the ids after it.
/// All else is in `rest_`, which goes away again when gaps fill up.
///
/// Exceptions: `bad_alloc` from what adds or copies; the set is then what it was (but see
/// `absorb`). What removes throws nothing.
///
/// Encoding, canonical (equal sets encode equally), all integers shortest varints:
///
///   producers, then per producer, sorted:
///     length, bytes
///     ranges, then per range: gap, last - first
///     texts, then per text, sorted: length, bytes
///     timed texts, then per text, sorted: length, bytes, time
///
/// where gap is `first` for the first range and `first - previous last - 2` afterwards, so that
/// unsorted, overlapping and adjacent ranges cannot be written down.
class DedupSets {
 public:
  DedupSets() noexcept;
  DedupSets(DedupSets&& other) noexcept;
  DedupSets& operator=(DedupSets&& other) noexcept;
  DedupSets(const DedupSets&) = delete;
  DedupSets& operator=(const DedupSets&) = delete;
  ~DedupSets();

  /// Returns whether `id` is known; one with a time before `oldest_us` is not. 0 finds all,
  /// `kForEver` only those without a time.
  [[nodiscard]] bool contains(std::string_view producer, const BatchId& id,
                              std::uint64_t oldest_us = 0) const {
    if (!producer.empty() || !id.is_integer()) return contains_rest(producer, id, oldest_us);
    if (id.integer() > top_.last) return false;
    return id.integer() >= top_.first || contains_rest(producer, id, oldest_us);
  }
  static constexpr std::uint64_t kForEver = UINT64_MAX;

  /// Remembers `id` for the rest of the life; returns false when it was already there like that.
  bool insert(std::string_view producer, const BatchId& id) {
    if (producer.empty() && id.is_integer() && id.integer() == top_.last + 1) {
      top_.last = id.integer();  // also right for no range: kNoRange makes this {1, 1}
      return true;
    }
    return insert_rest(producer, id);
  }

  /// Remembers text id `text` with `time_us`, its group's by the retention clock, or renews its
  /// time; returns false when it is there without a time.
  bool insert_timed(std::string_view producer, const std::string& text, std::uint64_t time_us);

  /// Drops ids with a time before `oldest_us`.
  void forget_before(std::uint64_t oldest_us);
  [[nodiscard]] bool has_before(std::uint64_t oldest_us) const;

  /// Adds all of `newer`, whose times count. Takes time in proportion to `newer`. Exceptions:
  /// `bad_alloc`; some are added then, and all are still in `newer`.
  void absorb(const DedupSets& newer);

  /// Returns whether encoding or destroying the set takes noticeable time.
  [[nodiscard]] bool is_large() const;

  [[nodiscard]] bool empty() const { return !has_top() && rest_ == nullptr; }
  [[nodiscard]] bool has_heap() const { return rest_ != nullptr; }
  void clear();

  /// Returns the heap memory held, in bytes, without what the allocator adds.
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Appends the encoding, without ids that have a time before `oldest_us`.
  void encode(std::string& out, std::uint64_t oldest_us = 0) const;

  /// Reads what `encode` wrote off the front of `reader`. Nothing when the bytes are not exactly
  /// what `encode` would have written; memory stays in proportion to the bytes that are there.
  [[nodiscard]] static std::optional<DedupSets> decode(base::Reader& reader);

  /// Returns all ids, sorted by producer.
  [[nodiscard]] std::vector<ProducerIds> ids() const;

  [[nodiscard]] DedupSets copy() const;

 private:
  struct Seen;
  struct Rest;

  static constexpr IdRange kNoRange{1, 0};

  [[nodiscard]] bool has_top() const { return top_.first <= top_.last; }
  [[nodiscard]] bool contains_rest(std::string_view producer, const BatchId& id,
                                   std::uint64_t oldest_us) const;
  Seen* find_seen(std::string_view producer);
  template <class Add>
  bool add(std::string_view producer, Add add_to);
  void adopt_seen(std::string_view producer, Seen&& seen);
  bool insert_rest(std::string_view producer, const BatchId& id);
  bool insert_own(std::uint64_t id);
  void lower_top();
  void absorb(std::string_view producer, const Seen& newer);
  static void encode_seen(std::string& out, const Seen* seen, const IdRange* top,
                          std::uint64_t oldest_us);
  static Seen decode_seen(base::Reader& reader);
  static void decode_timed(base::Reader& reader, Seen& seen);
  void adopt(std::string_view producer, Seen&& seen);

  IdRange top_ = kNoRange;      // producer ""'s highest range; none only when it has no integers
  std::unique_ptr<Rest> rest_;  // null when it would hold nothing
};

static_assert(sizeof(DedupSets) <= sizeof(IdRange) + sizeof(void*),
              "one lies in every client of the table");

}  // namespace seawall::state
