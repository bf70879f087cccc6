#include <cstddef>
#include <expected>
#include <functional>
#include <map>
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
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

// A tree rather than a hash table: always in order, and no key can be chosen to make it slow.
class MapState final : public State {
 public:
  explicit MapState(const Node& value) : value_(value) {}
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin origin) override {
    auto fields = interpreters::json_fields(value);
    if (!fields) return refused(std::string(fields.error().what));
    Changes changes;
    for (interpreters::JsonField& field : *fields) {
      if (Result<void> taken = prepare(field, origin.of_member(), changes); !taken) {
        return refused_member(field.name, taken.error());
      }
    }
    return [this, changes = std::move(changes)]() mutable noexcept { make(changes); };
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

  // Keys that are new, whole and aside; changes of the others.
  struct Changes {
    States added;
    std::size_t added_bytes = 0;
    std::vector<std::pair<State*, Change>> of_known;
  };

  Result<void> prepare(interpreters::JsonField& field, Origin origin, Changes& changes) {
    const auto found = states_.find(field.name);
    const bool known = found != states_.end();
    std::unique_ptr<State> made = known ? nullptr : value_.make_state();
    State& state = known ? *found->second : *made;
    Result<Change> change = state.prepare(field.value, origin);
    if (!change) return std::unexpected(std::move(change.error()));
    if (known) {
      changes.of_known.emplace_back(&state, std::move(*change));
      return {};
    }
    (*change)();
    // Fields come in order: each goes to the end.
    const auto at =
        changes.added.emplace_hint(changes.added.end(), std::move(field.name), std::move(made));
    changes.added_bytes +=
        kNodeBytes + interpreters::text_heap_bytes(at->first) + at->second->memory_bytes();
    return {};
  }

  void make(Changes& changes) noexcept {
    for (auto& [state, change] : changes.of_known) {
      heap_bytes_ -= state->memory_bytes();
      change();
      heap_bytes_ += state->memory_bytes();
    }
    states_.merge(changes.added);  // moves nodes, allocates nothing
    heap_bytes_ += changes.added_bytes;
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
  [[nodiscard]] Result<void> check(std::string_view value, Origin origin) const override {
    const auto fields = interpreters::json_fields(value);
    if (!fields) return refused(std::string(fields.error().what));
    for (const interpreters::JsonField& field : *fields) {
      if (Result<void> taken = value_->check(field.value, origin.of_member()); !taken) {
        return refused_member(field.name, taken.error());
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
