#pragma once

/// \file
/// The default interpreter: a JSON object per client, later fields win.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall {

/// Data is one JSON object (RFC 8259, UTF-8). Merging is per top-level key: the record with the
/// later LSN wins. Values are kept as the bytes that came in, so numbers of any size and Unicode
/// survive unchanged; keys keep the order of their first appearance. Refused with
/// `kInvalidArgument`: anything but an object, NaN and Infinity, a key given twice (compared after
/// unescaping), nesting deeper than 512.
class ConsumerStateInterpreter final : public StateInterpreterInterface {
 public:
  [[nodiscard]] std::string_view id() const override;
  [[nodiscard]] std::uint32_t version() const override;
  [[nodiscard]] Result<std::string> format(std::string_view data) const override;
  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override;
};

}  // namespace seawall
