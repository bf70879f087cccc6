// The default interpreter: any bytes are refused or kept; a merge fails whole or not at all.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "seawall/consumer_state_interpreter.h"

#include "fuzz/fuzz_input.h"

namespace seawall::fuzz {
namespace {

void judge(std::string_view first, std::string_view second) {
  const ConsumerStateInterpreter interpreter;
  const std::uint32_t version = interpreter.version();
  const auto base = interpreter.format(first);
  const auto delta = interpreter.format(second);
  if (!base) return;
  const auto live = interpreter.parse(*base, version);
  require(live.has_value());
  const auto before = (*live)->serialize();
  require(before.has_value());
  if (!delta) {
    // Unformatted bytes reach a merge only by damage; they must not change the state.
    if (!(*live)->merge(second, version)) require((*live)->serialize().value() == *before);
    return;
  }
  require((*live)->merge(*delta, version).has_value());
  const auto merged = (*live)->serialize();
  require(merged.has_value());
  // State is data again, and merging twice is merging once.
  require(interpreter.format(*merged).has_value());
  require((*live)->merge(*delta, version).has_value());
  require((*live)->serialize().value() == *merged);
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const std::size_t cut = std::min(input.find('\n'), input.size());
  const std::string second = input.substr(std::min(cut + 1, input.size()));
  seawall::fuzz::judge(input.substr(0, cut), second);
  static_cast<void>(seawall::ConsumerStateInterpreter().parse(input, 1));
  return 0;
}
