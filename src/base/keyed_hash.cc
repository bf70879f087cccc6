#include "base/keyed_hash.h"

#include <cstdint>
#include <functional>
#include <string_view>

#include <sys/random.h>
#include <sys/types.h>

#include "base/clock.h"

namespace seawall::base {
namespace {

struct Secrets {
  HashKey bytes;
  HashKey words;
};

Secrets draw_secrets() {
  Secrets secrets;
  // Does not block for so few bytes once the machine has booted. Where a sandbox forbids it, the
  // places of the stack and of this code and the time are still more than a message's sender knows.
  if (::getrandom(&secrets, sizeof secrets, 0) == static_cast<ssize_t>(sizeof secrets)) {
    return secrets;
  }
  static const char in_this_library = 0;
  const std::hash<const void*> place;
  const HashKey weak{place(&secrets) ^ monotonic_ns(), place(&in_this_library) ^ wall_us()};
  secrets.bytes = {sip_hash<2, 4>(weak, "a"), sip_hash<2, 4>(weak, "b")};
  secrets.words = {sip_hash<2, 4>(weak, "c"), sip_hash<2, 4>(weak, "d")};
  return secrets;
}

const Secrets& secrets() {
  static const Secrets drawn = draw_secrets();
  return drawn;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes) {
  return sip_hash<1, 3>(secrets().bytes, bytes);
}

std::uint64_t hash_words(std::uint64_t first, std::uint64_t second) {
  constexpr unsigned kWordBits = 64;
  __extension__ using Wide = unsigned __int128;
  const HashKey& key = secrets().words;
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> kWordBits);
  };
  // Twice, as wyhash does: one product alone keeps some of the words' structure.
  return fold(fold(first ^ key.low, second ^ key.high) ^ key.high, key.low | 1);
}

}  // namespace seawall::base
