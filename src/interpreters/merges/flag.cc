#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {
namespace {

class FlagState final : public State {
 public:
  void apply(std::string_view value) override { set_ = set_ || value == "true"; }
  void write(std::string& out) const override { out += set_ ? "true" : "false"; }
  [[nodiscard]] std::size_t memory_bytes() const override { return sizeof(*this); }

 private:
  bool set_ = false;
};

class Flag final : public Node {
 public:
  void describe(std::string& out) const override { out += "flag"; }
  [[nodiscard]] Result<void> check(std::string_view value, Source /*source*/) const override {
    if (value == "true" || value == "false") return {};
    return refused("expected true or false");
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
