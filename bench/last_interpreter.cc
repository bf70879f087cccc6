#include "last_interpreter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

namespace seawall::bench {
namespace {

class LastState final : public LiveState {
 public:
  explicit LastState(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t /*version*/) override {
    bytes_ = delta;
    return {};
  }
  [[nodiscard]] Result<std::string> serialize() const override { return bytes_; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof *this + bytes_.capacity();
  }

 private:
  std::string bytes_;
};

}  // namespace

Result<std::unique_ptr<LiveState>> LastInterpreter::parse(std::string_view state,
                                                          std::uint32_t /*version*/) const {
  return std::make_unique<LastState>(state);
}

}  // namespace seawall::bench
