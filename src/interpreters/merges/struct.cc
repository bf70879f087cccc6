#include <algorithm>  // NOLINT(misc-include-cleaner): std::ranges::lower_bound
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "base/check.h"
#include "interpreters/json_text.h"
#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"

namespace seawall::merges {
namespace {

using Fields = std::vector<std::pair<std::string, NodePtr>>;

// Returns the index of the field `name`, the number of fields when there is none.
std::size_t index_of(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::lower_bound(fields, name, {}, &Fields::value_type::first);
  if (found == fields.end() || found->first != name) return fields.size();
  return static_cast<std::size_t>(found - fields.begin());
}

class StructState final : public State {
 public:
  explicit StructState(const Fields& fields) : fields_(fields) {
    states_.reserve(fields.size());
    for (const auto& [name, node] : fields) states_.push_back(node->make_state());
  }
  void apply(std::string_view value) override {
    const auto members = interpreters::json_fields(value);
    SEAWALL_CHECK(members.has_value());
    for (const interpreters::JsonField& member : *members) {
      states_.at(index_of(fields_, member.name))->apply(member.value);
    }
  }
  void write(std::string& out) const override {
    out += '{';
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (i > 0) out += ',';
      out.append(interpreters::json_quote(fields_[i].first)).append(":");
      states_[i]->write(out);
    }
    out += '}';
  }
  [[nodiscard]] std::size_t memory_bytes() const override {
    std::size_t bytes = sizeof(*this) + (states_.capacity() * sizeof(states_[0]));
    for (const std::unique_ptr<State>& state : states_) bytes += state->memory_bytes();
    return bytes;
  }

 private:
  const Fields& fields_;
  std::vector<std::unique_ptr<State>> states_;
};

class Struct final : public Node {
 public:
  explicit Struct(Fields fields) : fields_(std::move(fields)) {}
  void describe(std::string& out) const override {
    out += '{';
    for (const auto& [name, node] : fields_) {
      if (out.back() != '{') out += ',';
      out.append(interpreters::json_quote(name)).append(":");
      node->describe(out);
    }
    out += '}';
  }
  [[nodiscard]] Result<void> check(std::string_view value, Source source) const override {
    const auto members = interpreters::json_fields(value);
    if (!members) return refused(std::string(members.error().what));
    for (const interpreters::JsonField& member : *members) {
      const std::size_t index = index_of(fields_, member.name);
      if (index == fields_.size()) {
        return refused("there is no field " + interpreters::json_quote(member.name));
      }
      if (Result<void> checked = fields_[index].second->check(member.value, source); !checked) {
        return refused(interpreters::json_quote(member.name) + ": " + checked.error().message);
      }
    }
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<StructState>(fields_);
  }

 private:
  Fields fields_;
};

}  // namespace

NodePtr make_struct(std::vector<std::pair<std::string, NodePtr>> fields) {
  return std::make_shared<Struct>(std::move(fields));
}

}  // namespace seawall::merges
