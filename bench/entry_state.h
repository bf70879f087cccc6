#pragma once

/// \file
/// A large state and small deltas: entries of equal size, each delta replaces one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/coding.h"

namespace seawall::bench {

inline constexpr std::size_t kEntryBytes = 96;
inline constexpr std::size_t kEntryDeltaBytes = sizeof(std::uint32_t) + kEntryBytes;

inline std::string encode_entry(std::size_t index, std::string_view entry) {
  std::string delta;
  delta.reserve(kEntryDeltaBytes);
  base::put_le<std::uint32_t>(delta, static_cast<std::uint32_t>(index));
  delta.append(entry);
  return delta;
}

/// Merges `delta` into `state`: one entry, or a whole state in place of the old one. False when it
/// is neither.
inline bool merge_entry(std::string& state, std::string_view delta) {
  if (delta.size() != kEntryDeltaBytes) {
    state = delta;
    return delta.size() % kEntryBytes == 0;
  }
  const std::size_t offset = base::load_le<std::uint32_t>(delta.data()) * kEntryBytes;
  if (offset + kEntryBytes > state.size()) return false;
  state.replace(offset, kEntryBytes, delta.substr(sizeof(std::uint32_t)));
  return true;
}

}  // namespace seawall::bench
