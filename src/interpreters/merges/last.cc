#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

class LastState final : public State {
 public:
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin /*origin*/) override {
    return [this, text = std::string(value)]() mutable noexcept { text_.swap(text); };
  }
  void write(std::string& out) const override { out += text_; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + interpreters::text_heap_bytes(text_);
  }

 private:
  std::string text_ = "null";
};

class Last final : public Node {
 public:
  void describe(std::string& out) const override { out += "last"; }
  [[nodiscard]] Result<void> check(std::string_view /*value*/, Origin /*origin*/) const override {
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<LastState>();
  }
};

}  // namespace

NodePtr make_last() {
  return std::make_shared<Last>();
}

}  // namespace seawall::merges
