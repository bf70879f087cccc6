#include "checkpoint/victims.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "checkpoint/object_writer.h"

namespace seawall::checkpoint {
namespace {

// As many objects of a class are folded together: fewer would write more, more would leave more.
constexpr std::size_t kFolded = 8;
// Below these bytes an object is of class 0, 1 and 2; above it is not small.
constexpr std::array<std::uint64_t, 3> kClassBytes = {
    kObjectBytesTarget / 2 / 64, kObjectBytesTarget / 2 / 8, kObjectBytesTarget / 2};

std::size_t class_of(const ObjectSize& object) {
  std::size_t size_class = 0;
  while (size_class < kClassBytes.size() && object.bytes >= kClassBytes[size_class]) ++size_class;
  return size_class;
}

// Adds objects in their order while their live bytes fit into `bytes_max`.
void add_within(std::span<const ObjectSize> objects, std::uint64_t& bytes_max,
                std::vector<std::uint64_t>& chosen) {
  for (const ObjectSize& object : objects) {
    if (object.live_bytes > bytes_max) return;
    bytes_max -= object.live_bytes;
    chosen.push_back(object.number);
  }
}

}  // namespace

bool RoundLimits::shrink() {
  if (wasteful_bytes_max_ == 0) {
    if (!takes_lives_) return false;
    takes_lives_ = false;
  }
  wasteful_bytes_max_ = 0;
  return true;
}

void RoundLimits::grow() {
  if (is_whole()) return;
  wasteful_bytes_max_ = std::max(2 * wasteful_bytes_max_, kLeastBytes);
  if (!takes_lives_ && wasteful_bytes_max_ > kObjectBytesTarget) {
    takes_lives_ = true;
    wasteful_bytes_max_ = 0;
  } else if (wasteful_bytes_max_ > kSmallBytesMax) {
    wasteful_bytes_max_ = kNoLimit;
  }
}

std::vector<std::uint64_t> choose_victims(std::span<const ObjectSize> objects,
                                          const RoundLimits& limits) {
  std::vector<std::uint64_t> chosen;
  std::vector<ObjectSize> wasteful;
  std::array<std::vector<ObjectSize>, kClassBytes.size()> small;
  for (const ObjectSize& object : objects) {
    if (object.live_bytes == 0) {
      chosen.push_back(object.number);
    } else if (2 * object.live_bytes < object.bytes) {
      wasteful.push_back(object);
    } else if (const std::size_t size_class = class_of(object); size_class < small.size()) {
      small[size_class].push_back(object);
    }
  }
  const auto live_bytes = [](const ObjectSize& object) { return object.live_bytes; };
  std::ranges::sort(wasteful, {}, live_bytes);
  std::uint64_t wasteful_bytes = limits.wasteful_bytes_max();
  add_within(wasteful, wasteful_bytes, chosen);
  std::uint64_t small_bytes = limits.small_bytes_max();
  for (std::vector<ObjectSize>& of_class : small) {
    if (of_class.size() < kFolded) continue;
    std::ranges::sort(of_class, {}, live_bytes);
    add_within(of_class, small_bytes, chosen);
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace seawall::checkpoint
