#include "unit/state/colliding_texts.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/coding.h"

namespace seawall::state {
namespace {

// libstdc++'s std::_Hash_bytes is MurmurHash64A with this seed. Every step can be undone, so a last
// block can be chosen for any hash.
constexpr std::uint64_t kMultiplier = 0xC6A4A7935BD1E995;
constexpr std::uint64_t kSeed = 0xC70F6907;
constexpr std::uint64_t kLength = 16;

constexpr std::uint64_t shift_mix(std::uint64_t value) {
  return value ^ (value >> 47U);
}

constexpr std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t result = odd;
  for (int i = 0; i < 6; ++i) result *= 2 - odd * result;  // Newton, doubling the right bits
  return result;
}

constexpr std::uint64_t scramble(std::uint64_t block) {
  return shift_mix(block * kMultiplier) * kMultiplier;
}

constexpr std::uint64_t unscramble(std::uint64_t value) {
  return shift_mix(value * inverse(kMultiplier)) * inverse(kMultiplier);
}

// The hash's state before the second block, when the first is `block`.
constexpr std::uint64_t after_first(std::uint64_t block) {
  return ((kSeed ^ (kLength * kMultiplier)) ^ scramble(block)) * kMultiplier;
}

}  // namespace

std::vector<std::string> colliding_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::uint64_t first = 1; texts.size() < count; ++first) {
    // The state after both blocks is (after_first ^ scramble(second)) * kMultiplier: always 0 here.
    std::string text;
    base::put_le(text, first);
    base::put_le(text, unscramble(after_first(first)));
    texts.push_back(text);
  }
  return texts;
}

TEST(CollidingTexts, CollideUnderTheStandardHash) {
  const std::vector<std::string> texts = colliding_texts(1'000);
  for (const std::string& text : texts) {
    EXPECT_EQ(std::hash<std::string_view>{}(text), std::hash<std::string_view>{}(texts.front()));
  }
}

}  // namespace seawall::state
