#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {
namespace {

Result<void> check_flag(std::string_view value) {
  if (value == "true" || value == "false") return {};
  return refused("expected true or false");
}

class FlagState final : public State {
 public:
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin /*origin*/) override {
    if (Result<void> checked = check_flag(value); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
    return [this, is_set = value == "true"]() noexcept { set_ = set_ || is_set; };
  }
  void write(std::string& out) const override { out += set_ ? "true" : "false"; }
  [[nodiscard]] std::size_t memory_bytes() const override { return sizeof(*this); }

 private:
  bool set_ = false;
};

class Flag final : public Node {
 public:
  void describe(std::string& out) const override { out += "flag"; }
  [[nodiscard]] Result<void> check(std::string_view value, Origin /*origin*/) const override {
    return check_flag(value);
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<FlagState>();
  }
};

}  // namespace

NodePtr make_flag() {
  return std::make_shared<Flag>();
}

}  // namespace seawall::merges
