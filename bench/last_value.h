#pragma once

/// \file
/// How the peers keep a client: one value, the highest id and the state. Judging a duplicate by
/// "at most the highest id" is less than Seawall does, and in the peers' favour.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "engine.h"

namespace seawall::bench {

inline constexpr std::size_t kIdBytes = sizeof(std::uint64_t);

inline std::string encode_last(const Write& write) {
  std::string out;
  out.reserve(kIdBytes + write.value.size());
  base::put_le<std::uint64_t>(out, write.id);
  out.append(write.value);
  return out;
}

/// Returns the id in front of `stored`, 0 when there is none.
inline std::uint64_t last_id(std::string_view stored) {
  return stored.size() < kIdBytes ? 0 : base::load_le<std::uint64_t>(stored.data());
}

inline std::optional<std::string> last_state(std::string_view stored) {
  if (stored.size() < kIdBytes) return std::nullopt;
  return std::string(stored.substr(kIdBytes));
}

}  // namespace seawall::bench
