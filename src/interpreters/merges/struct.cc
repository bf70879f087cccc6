#include <algorithm>  // NOLINT(misc-include-cleaner): std::ranges::lower_bound
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

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

// The values that a record gives, each with the index of its field.
using Members = std::vector<std::pair<std::size_t, std::string_view>>;

Result<Members> read_members(std::string_view object, const Fields& fields) {
  const auto given = interpreters::json_fields(object);
  if (!given) return refused(std::string(given.error().what));
  Members members;
  members.reserve(given->size());
  for (const interpreters::JsonField& member : *given) {
    const std::size_t index = index_of(fields, member.name);
    if (index == fields.size()) {
      return refused("there is no field " + interpreters::json_quote(member.name));
    }
    members.emplace_back(index, member.value);
  }
  return members;
}

class StructState final : public State {
 public:
  explicit StructState(const Fields& fields) : fields_(fields) {
    states_.reserve(fields.size());
    for (const auto& [name, node] : fields) states_.push_back(node->make_state());
  }
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin origin) override {
    const Result<Members> members = read_members(value, fields_);
    if (!members) return std::unexpected(members.error());
    std::vector<Change> changes;
    changes.reserve(members->size());
    for (const auto& [index, member] : *members) {
      Result<Change> change = states_[index]->prepare(member, origin.of_member());
      if (!change) return refused_member(fields_[index].first, change.error());
      changes.push_back(std::move(*change));
    }
    return [changes = std::move(changes)]() mutable noexcept {
      for (Change& change : changes) change();
    };
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
  [[nodiscard]] Result<void> check(std::string_view value, Origin origin) const override {
    const Result<Members> members = read_members(value, fields_);
    if (!members) return std::unexpected(members.error());
    for (const auto& [index, member] : *members) {
      const auto& [name, node] = fields_[index];
      if (Result<void> taken = node->check(member, origin.of_member()); !taken) {
        return refused_member(name, taken.error());
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
