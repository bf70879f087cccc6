#include "base/checksum.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <isa-l/crc.h>

namespace seawall::base {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  // ISA-L leaves the initial and final inversion to the caller and takes an int length.
  constexpr std::size_t kPieceBytes = std::size_t{1} << 30;
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, std::min(kPieceBytes, bytes.size()));
    // The API takes a non-const pointer and does not write through it.
    auto* data = static_cast<unsigned char*>(
        static_cast<void*>(const_cast<char*>(piece.data())));  // NOLINT: see above
    state = crc32_iscsi(data, static_cast<int>(piece.size()), state);
    bytes.remove_prefix(piece.size());
  }
  return ~state;
}

}  // namespace seawall::base
