#pragma once

/// \file
/// The parts of a dedup set that lie on the heap. Included by dedup_set*.cc only.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "seawall/types.h"

#include "state/dedup_set.h"
#include "state/id_ranges.h"

namespace seawall::state {

/// A node of libstdc++'s red-black tree has a colour and three pointers before its value.
inline constexpr std::size_t kTreeNodeBytes = 4 * sizeof(void*);

/// Returns what `text` holds outside its own object.
inline std::size_t heap_bytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

/// The ids of one producer.
struct DedupSets::Seen {
  IdRanges integers;
  std::set<std::string, std::less<>> texts;
  std::map<std::string, std::uint64_t, std::less<>> timed;  // when, by the retention clock
  std::size_t texts_bytes = 0;                              // memory of `texts` and `timed`

  [[nodiscard]] bool empty() const { return integers.empty() && texts.empty() && timed.empty(); }

  /// Returns how many ids have a time before `oldest_us`.
  [[nodiscard]] std::size_t count_before(std::uint64_t oldest_us) const {
    if (oldest_us == 0) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(
        timed, [&](const auto& text_and_time) { return text_and_time.second < oldest_us; }));
  }
  [[nodiscard]] bool empty_since(std::uint64_t oldest_us) const {
    return integers.empty() && texts.empty() && count_before(oldest_us) == timed.size();
  }
  /// Returns how many ranges and texts there are.
  [[nodiscard]] std::size_t size() const { return integers.size() + texts.size() + timed.size(); }

  [[nodiscard]] bool contains(const BatchId& id, std::uint64_t oldest_us) const {
    if (id.is_integer()) return integers.contains(id.integer());
    if (!id.is_text()) return false;
    if (texts.contains(id.text())) return true;
    const auto found = timed.find(id.text());
    return found != timed.end() && found->second >= oldest_us;
  }

  bool insert(const BatchId& id) {
    if (id.is_integer()) return integers.insert(id.integer());
    const bool inserted = insert_text(id.text());  // may throw: first, or the id would be gone
    if (const auto found = timed.find(id.text()); found != timed.end()) drop_timed(found);
    return inserted;
  }

  bool insert_text(const std::string& text) {
    const auto [place, inserted] = texts.insert(text);
    if (inserted) texts_bytes += kTreeNodeBytes + sizeof(std::string) + heap_bytes(*place);
    return inserted;
  }

  bool insert_timed(const std::string& text, std::uint64_t time_us) {
    if (texts.contains(text)) return false;
    const auto [place, inserted] = timed.insert_or_assign(text, time_us);
    if (inserted) texts_bytes += timed_bytes(place->first);
    return true;
  }

  void forget_before(std::uint64_t oldest_us) {
    for (auto place = timed.begin(); place != timed.end();)
      place = place->second < oldest_us ? drop_timed(place) : std::next(place);
  }

  [[nodiscard]] std::size_t memory_bytes() const { return integers.memory_bytes() + texts_bytes; }

  [[nodiscard]] Seen copy() const { return {integers.copy(), texts, timed, texts_bytes}; }

 private:
  static std::size_t timed_bytes(const std::string& text) {
    return kTreeNodeBytes + sizeof(std::pair<std::string, std::uint64_t>) + heap_bytes(text);
  }

  std::map<std::string, std::uint64_t, std::less<>>::iterator drop_timed(
      std::map<std::string, std::uint64_t, std::less<>>::iterator place) {
    texts_bytes -= timed_bytes(place->first);
    return timed.erase(place);
  }
};

/// What does not fit into the object itself.
struct DedupSets::Rest {
  Seen own;                                         // producer "", without `top_`
  std::map<std::string, Seen, std::less<>> others;  // each not empty

  [[nodiscard]] bool empty() const { return own.empty() && others.empty(); }
};

}  // namespace seawall::state
