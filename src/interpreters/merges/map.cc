#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "base/check.h"
#include "interpreters/json_text.h"
#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

// A tree rather than a hash table: always in order, and no key can be chosen to make it slow.
class MapState final : public State {
 public:
  explicit MapState(const Node& value) : value_(value) {}
  void apply(std::string_view value) override {
    auto fields = interpreters::json_fields(value);
    SEAWALL_CHECK(fields.has_value());
    for (interpreters::JsonField& field : *fields) apply(field);
  }
  void write(std::string& out) const override {
    out += '{';
    bool first = true;
    for (const auto& [key, state] : states_) {
      if (!std::exchange(first, false)) out += ',';
      out.append(interpreters::json_quote(key)).append(":");
      state->write(out);
    }
    out += '}';
  }
  [[nodiscard]] std::size_t memory_bytes() const override { return sizeof(*this) + heap_bytes_; }

 private:
  using States = std::map<std::string, std::unique_ptr<State>, std::less<>>;
  // A node of the tree: colour, three links, and a word of each of the two allocations.
  static constexpr std::size_t kNodeBytes = sizeof(States::value_type) + (6 * sizeof(void*));

  void apply(interpreters::JsonField& field) {
    auto found = states_.find(field.name);
    if (found == states_.end()) {
      found = states_.emplace(std::move(field.name), value_.make_state()).first;
      heap_bytes_ += kNodeBytes + interpreters::text_heap_bytes(found->first);
    } else {
      heap_bytes_ -= found->second->memory_bytes();
    }
    found->second->apply(field.value);
    heap_bytes_ += found->second->memory_bytes();
  }

  const Node& value_;
  States states_;
  std::size_t heap_bytes_ = 0;
};

class Map final : public Node {
 public:
  explicit Map(NodePtr value) : value_(std::move(value)) {}
  void describe(std::string& out) const override {
    out += "map(";
    value_->describe(out);
    out += ')';
  }
  [[nodiscard]] Result<void> check(std::string_view value, Source source) const override {
    const auto fields = interpreters::json_fields(value);
    if (!fields) return refused(std::string(fields.error().what));
    for (const interpreters::JsonField& field : *fields) {
      if (Result<void> checked = value_->check(field.value, source); !checked) {
        return refused(interpreters::json_quote(field.name) + ": " + checked.error().message);
      }
    }
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<MapState>(*value_);
  }

 private:
  NodePtr value_;
};

}  // namespace

NodePtr make_map(NodePtr value) {
  return std::make_shared<Map>(std::move(value));
}

}  // namespace seawall::merges
