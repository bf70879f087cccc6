// SipHash against its published vectors.

#include "base/keyed_hash.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace seawall::base {
namespace {

constexpr HashKey kKey{0x0706050403020100, 0x0F0E0D0C0B0A0908};  // bytes 0 to 15

// The message of `length` is the bytes 0, 1, ..., as in all published vectors.
std::string message(std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

// 15: the paper's appendix A. The others: vectors.h of the authors' reference implementation.
TEST(SipHash, HasThePublishedValuesOf24) {
  const std::vector<std::pair<std::size_t, std::uint64_t>> vectors = {
      {0, 0x726FDB47DD0E0E31}, {1, 0x74F839C593DC67FD},  {7, 0xAB0200F58B01D137},
      {8, 0x93F5F5799A932462}, {15, 0xA129CA6149BE45E5}, {63, 0x958A324CEB064572}};
  for (const auto& [length, hash] : vectors) {
    EXPECT_EQ((sip_hash<2, 4>(kKey, message(length))), hash) << length;
  }
}

// As in the tests of Rust's core library (library/coretests/tests/hash/sip.rs).
TEST(SipHash, HasThePublishedValuesOf13) {
  const std::vector<std::pair<std::size_t, std::uint64_t>> vectors = {
      {0, 0xABAC0158050FC4DC}, {1, 0xC9F49BF37D57CA93},  {7, 0xD3927D989BB11140},
      {8, 0x369095118D299A8E}, {15, 0xD320D86D2A519956}, {63, 0x9D199062B7BBB3A8}};
  for (const auto& [length, hash] : vectors) {
    EXPECT_EQ((sip_hash<1, 3>(kKey, message(length))), hash) << length;
  }
}

TEST(KeyedHash, IsTheSameInOneProcess) {
  EXPECT_EQ(hash_bytes("client-000001"), hash_bytes("client-000001"));
  EXPECT_EQ(hash_words(1, 2), hash_words(1, 2));
  EXPECT_NE(hash_words(1, 2), hash_words(2, 1));
}

// Words that differ only where a plain multiplication carries nothing down to the low bits.
TEST(KeyedHash, SpreadsWordsThatDifferInTheirHighBits) {
  constexpr std::uint64_t kWords = 4'096;
  constexpr std::uint64_t kMask = kWords - 1;
  std::set<std::uint64_t> buckets;
  for (std::uint64_t i = 0; i < kWords; ++i) buckets.insert(hash_words(i << 51, 7) & kMask);
  // Of a random function about 63 % of the buckets are used.
  EXPECT_GT(buckets.size(), kWords / 2);
}

}  // namespace
}  // namespace seawall::base
