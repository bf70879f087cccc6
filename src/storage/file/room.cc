#include "storage/file/room.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "format/group.h"
#include "storage/file/segment.h"

namespace seawall::storage {
namespace {

/// No group is smaller: a header and one empty frame.
constexpr std::uint64_t kGroupBytesMin = format::kGroupHeaderBytes + format::kFrameHeadBytes;

/// Divides before it multiplies, so that no size overflows; a few bytes low at worst.
std::uint64_t without_padding(std::uint64_t capacity, std::uint64_t align_bytes) {
  return capacity / round_up(kGroupBytesMin, align_bytes) * kGroupBytesMin;
}

}  // namespace

std::uint64_t sure_room(std::span<const std::uint64_t> capacities, std::uint64_t group_bytes_max,
                        std::uint64_t align_bytes) {
  // A piece is left when a group does not fit, so every piece but the last used has taken at least
  // all but one longest group. The last one takes everything that remains. Which is last is ours
  // to choose: the best choice is still a bound.
  const std::uint64_t longest = round_up(group_bytes_max, align_bytes);
  std::uint64_t best = 0;
  std::uint64_t before = 0;
  for (const std::uint64_t capacity : capacities) {
    best = std::max(best, before + capacity);
    if (capacity >= longest) before += capacity - longest;
  }
  return without_padding(best, align_bytes);
}

std::uint64_t capacity_for(std::uint64_t bytes, std::uint64_t align_bytes) {
  return (bytes / kGroupBytesMin + 1) * round_up(kGroupBytesMin, align_bytes);
}

}  // namespace seawall::storage
