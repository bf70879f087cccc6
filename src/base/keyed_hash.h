#pragma once

/// \file
/// Hashes for tables whose keys come from outside. They are keyed with a secret of the process, so
/// that nobody can choose names or ids that collide and make a table's searches long.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/coding.h"

namespace seawall::base {

struct HashKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// SipHash (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) with `kBlockRounds` per
/// eight bytes and `kEndRounds` at the end.
template <int kBlockRounds, int kEndRounds>
[[nodiscard]] constexpr std::uint64_t sip_hash(const HashKey& key, std::string_view bytes) {
  struct State {
    std::uint64_t a, b, c, d;
    constexpr void mix(int rounds) {
      for (int i = 0; i < rounds; ++i) {
        // NOLINTBEGIN(readability-magic-numbers): the rotations are SipHash's
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
        // NOLINTEND(readability-magic-numbers)
      }
    }
  };
  constexpr std::size_t kBlock = sizeof(std::uint64_t);
  // NOLINTBEGIN(readability-magic-numbers): "somepseudorandomlygeneratedbytes"
  State state{key.low ^ 0x736F6D6570736575U, key.high ^ 0x646F72616E646F6DU,
              key.low ^ 0x6C7967656E657261U, key.high ^ 0x7465646279746573U};
  // NOLINTEND(readability-magic-numbers)
  const auto take = [&](std::uint64_t word) {
    state.d ^= word;
    state.mix(kBlockRounds);
    state.a ^= word;
  };
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << (8 * (kBlock - 1));
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) {
    take(load_le<std::uint64_t>(bytes.data()));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  take(last);
  state.c ^= 0xFF;  // NOLINT(readability-magic-numbers): SipHash's mark of the end
  state.mix(kEndRounds);
  return state.a ^ state.b ^ state.c ^ state.d;
}

/// Returns the hash of `bytes`: SipHash-1-3, what the hash tables of Rust and CPython use, with a
/// key that this process drew at random.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes);

/// Returns a hash of two words, for tables by number: a multiplication to 128 bits, folded, of the
/// words and the process's key. Much faster than `hash_bytes`, and as hard to collide without the
/// key, but not meant to hide the key from who sees hashes.
[[nodiscard]] std::uint64_t hash_words(std::uint64_t first, std::uint64_t second);

/// For std::unordered_map by text, with std::equal_to<>.
struct KeyedHash {
  using is_transparent = void;
  [[nodiscard]] std::size_t operator()(std::string_view bytes) const { return hash_bytes(bytes); }
};

}  // namespace seawall::base
