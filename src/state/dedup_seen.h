#pragma once

/// \file
/// The parts of a dedup set that lie on the heap. Included by dedup_set*.cc only.

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>

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
  std::size_t texts_bytes = 0;  // memory of `texts`

  [[nodiscard]] bool empty() const { return integers.empty() && texts.empty(); }

  [[nodiscard]] bool contains(const BatchId& id) const {
    if (id.is_integer()) return integers.contains(id.integer());
    return id.is_text() && texts.contains(id.text());
  }

  bool insert(const BatchId& id) {
    return id.is_integer() ? integers.insert(id.integer()) : insert_text(id.text());
  }

  bool insert_text(const std::string& text) {
    const auto [place, inserted] = texts.insert(text);
    if (inserted) texts_bytes += kTreeNodeBytes + sizeof(std::string) + heap_bytes(*place);
    return inserted;
  }

  [[nodiscard]] std::size_t memory_bytes() const { return integers.memory_bytes() + texts_bytes; }

  [[nodiscard]] Seen copy() const { return {integers.copy(), texts, texts_bytes}; }
};

/// What does not fit into the object itself.
struct DedupSets::Rest {
  Seen own;                                         // producer "", without `top_`
  std::map<std::string, Seen, std::less<>> others;  // each not empty

  [[nodiscard]] bool empty() const { return own.empty() && others.empty(); }
};

}  // namespace seawall::state
