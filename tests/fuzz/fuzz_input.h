#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "base/coding.h"

namespace seawall::fuzz {

/// Ends the fuzzer with a finding.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// Returns `bytes` with the checksum behind them that most formats end in, so that what a checksum
/// guards is reached as well: whoever writes hostile files can write checksums.
inline std::string sealed(std::string_view bytes) {
  std::string out(bytes);
  base::put_le(out, base::crc32c(out));
  return out;
}

}  // namespace seawall::fuzz

/// What libFuzzer calls; each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
