// Built-in merges: any schema, any delta and any state are refused or taken; what `format` took
// merges; a state goes through its bytes unchanged.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

#include "fuzz/fuzz_input.h"

namespace seawall::fuzz {
namespace {

// Takes the line at the front of `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
  return line;
}

std::string text_of(const LiveState& state) {
  const auto text = state.serialize();
  require(text.has_value());
  return *text;
}

void judge(const StateInterpreterInterface& interpreter, LiveState& state, std::string_view data) {
  const auto delta = interpreter.format(data);
  const std::string before = text_of(state);
  const bool merged = state.merge(delta ? std::string_view(*delta) : data, 1).has_value();
  require(merged == delta.has_value());
  if (!merged) require(text_of(state) == before);
  const auto reloaded = interpreter.parse(text_of(state), 1);
  require(reloaded.has_value());
  require(text_of(**reloaded) == text_of(state));
  require(state.memory_bytes() > 0);
}

}  // namespace
}  // namespace seawall::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seawall;
  const std::string input(data, data + size);
  std::string_view rest(input);
  const auto made = merges::make_interpreter({std::string(fuzz::take_line(rest))});
  if (!made) return 0;
  const StateInterpreterInterface& interpreter = **made;
  fuzz::require(merges::interpreter_of(interpreter.id()) != nullptr);
  auto state = interpreter.parse(fuzz::take_line(rest), 1);
  if (!state) state = interpreter.parse("", 0);
  fuzz::require(state.has_value());
  while (!rest.empty()) fuzz::judge(interpreter, **state, fuzz::take_line(rest));
  return 0;
}
