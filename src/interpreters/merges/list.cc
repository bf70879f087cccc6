#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

class ListState final : public State {
 public:
  explicit ListState(std::optional<std::uint64_t> values_max) : values_max_(values_max) {}
  void apply(std::string_view value) override {
    if (!value.starts_with('[')) {
      append(value);
      return;
    }
    for (const std::string_view element : interpreters::json_elements(value)) append(element);
  }
  void write(std::string& out) const override {
    out += '[';
    for (const std::string& value : values_) {
      if (&value != &values_.front()) out += ',';
      out += value;
    }
    out += ']';
  }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + heap_bytes_ + (values_.size() * sizeof(std::string));
  }

 private:
  void append(std::string_view value) {
    heap_bytes_ += interpreters::text_heap_bytes(values_.emplace_back(value));
    if (!values_max_ || values_.size() <= *values_max_) return;
    heap_bytes_ -= interpreters::text_heap_bytes(values_.front());
    values_.pop_front();
  }

  std::optional<std::uint64_t> values_max_;
  std::deque<std::string> values_;
  std::size_t heap_bytes_ = 0;
};

class List final : public Node {
 public:
  explicit List(std::optional<std::uint64_t> values_max) : values_max_(values_max) {}
  void describe(std::string& out) const override {
    out += "list";
    if (values_max_) out.append("(").append(std::to_string(*values_max_)).append(")");
  }
  [[nodiscard]] Result<void> check(std::string_view /*value*/, Source /*source*/) const override {
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<ListState>(values_max_);
  }

 private:
  std::optional<std::uint64_t> values_max_;
};

}  // namespace

NodePtr make_list(std::optional<std::uint64_t> values_max) {
  return std::make_shared<List>(values_max);
}

}  // namespace seawall::merges
