#include "interpreters/member_index.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/coding.h"

namespace seawall::interpreters {
namespace {

// libstdc++'s std::hash of text is MurmurHash64A with a seed that everybody knows. Each of its
// steps can be undone, so that the second half of a name can be chosen to reach any hash.
class CollidingNames {
 public:
  // Returns the next name of 16 printable characters; all have one std::hash.
  std::string next() {
    while (true) {
      std::string name(2 * kWord, ' ');
      std::uint64_t rest = ++tried_;
      for (std::size_t i = 0; i < kWord; ++i, rest /= kLetters) {
        name[i] = static_cast<char>('a' + (rest % kLetters));
      }
      const std::uint64_t first = (kSeed ^ (name.size() * kMultiplier)) ^ stirred(word(name, 0));
      // after the second word: (first * m ^ stirred) * m == kTarget
      const std::uint64_t wanted = (kTarget * inverse()) ^ (first * kMultiplier);
      base::store_le(name.data() + kWord, unstirred(wanted));
      if (is_plain(std::string_view(name).substr(kWord))) return name;
    }
  }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);
  static constexpr std::uint64_t kLetters = 26;
  static constexpr std::uint64_t kSeed = 0xC70F6907;
  static constexpr std::uint64_t kMultiplier = 0xC6A4A7935BD1E995;
  static constexpr std::uint64_t kTarget = 0x0123456789ABCDEF;

  static std::uint64_t word(std::string_view text, std::size_t at) {
    return base::load_le<std::uint64_t>(text.data() + at);
  }
  static std::uint64_t folded(std::uint64_t value) {
    return value ^ (value >> 47U);
  }  // undoes itself
  static std::uint64_t stirred(std::uint64_t value) {
    return folded(value * kMultiplier) * kMultiplier;
  }
  static std::uint64_t unstirred(std::uint64_t value) {
    return folded(value * inverse()) * inverse();
  }
  static std::uint64_t inverse() {
    std::uint64_t inverse = kMultiplier;  // Newton: each step doubles the bits that are right
    for (int i = 0; i < 5; ++i) inverse *= 2 - (kMultiplier * inverse);
    return inverse;
  }
  static bool is_plain(std::string_view text) {
    for (const char c : text) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return true;
  }

  std::uint64_t tried_ = 0;
};

TEST(MemberIndex, NamesChosenToCollideAreFoundAsFastAsOthers) {
  constexpr std::size_t kNames = 2'000;
  // Of 2,000 at most half full the longest run is about 20; 200 has no chance worth a name.
  constexpr std::size_t kLongestSearch = 200;
  CollidingNames names;
  MemberIndex index;
  const std::size_t hash = std::hash<std::string_view>{}(names.next());
  for (std::size_t i = 0; i < kNames; ++i) {
    const std::string name = names.next();
    ASSERT_EQ(std::hash<std::string_view>{}(name), hash) << name;
    index.add(member_hash(name));
  }
  EXPECT_EQ(index.size(), kNames);
  EXPECT_LE(index.longest_search(), kLongestSearch);
}

// The same for what a table with a power of two of slots invites: hashes are all that counts.
TEST(MemberIndex, NumberedNamesAreFoundFast) {
  constexpr std::size_t kNames = 20'000;
  constexpr std::size_t kLongestSearch = 300;
  MemberIndex index;
  for (std::size_t i = 0; i < kNames; ++i) index.add(member_hash(std::to_string(i * 1024)));
  EXPECT_LE(index.longest_search(), kLongestSearch);
}

// Few hashes, so that searches pass each other; as many taken back as a failed merge would.
RC_GTEST_PROP(MemberIndexProperty, TakingBackTheLastIsAsIfTheyHadNeverBeen, ()) {
  const auto any_hash = rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 12),
                                     [](std::uint64_t hash) { return hash * 3; });
  const auto any_hashes = rc::gen::container<std::vector<std::uint64_t>>(any_hash);
  std::vector<std::uint64_t> hashes;
  MemberIndex index;
  for (int round = 0; round < 4; ++round) {
    for (const std::uint64_t hash : *any_hashes) {
      index.add(hash);
      hashes.push_back(hash);
    }
    const auto kept = *rc::gen::inRange<std::size_t>(0, hashes.size() + 1);
    for (; hashes.size() > kept; hashes.pop_back()) index.remove_last(hashes.back());
    RC_ASSERT(index.size() == hashes.size());
    for (std::size_t member = 0; member < hashes.size(); ++member) {
      const auto is_it = [member](std::size_t found) { return found == member; };
      RC_ASSERT(index.find(hashes[member], is_it) == std::optional(member));
    }
    RC_ASSERT(!index.find(1, [](std::size_t) { return true; }));
  }
}

}  // namespace
}  // namespace seawall::interpreters
