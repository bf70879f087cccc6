#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/scalar.h"

namespace seawall::merges {
namespace {

using interpreters::Scalar;

// An array adds its elements, anything else itself.
std::vector<std::string_view> added_by(std::string_view value) {
  if (value.starts_with('[')) return interpreters::json_elements(value);
  return {value};
}

Result<Scalar> read_element(std::string_view element) {
  std::optional<Scalar> scalar = Scalar::parse(element);
  if (scalar) return std::move(*scalar);
  return refused(
      "expected strings, or numbers with digits between 1e308 and 1e-324, one or an array of them");
}

class SetState final : public State {
 public:
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin /*origin*/) override {
    std::set<Scalar> added;
    std::size_t added_bytes = 0;
    for (const std::string_view text : added_by(value)) {
      Result<Scalar> element = read_element(text);
      if (!element) return std::unexpected(std::move(element.error()));
      if (elements_.contains(*element)) continue;
      const std::size_t bytes = kNodeBytes + element->heap_bytes();
      const std::size_t known = added.size();
      added.insert(added.end(), std::move(*element));  // a state is in order: each goes to the end
      if (added.size() > known) added_bytes += bytes;
    }
    return [this, added = std::move(added), added_bytes]() mutable noexcept {
      elements_.merge(added);  // moves nodes, allocates nothing
      heap_bytes_ += added_bytes;
    };
  }
  void write(std::string& out) const override {
    out += '[';
    for (const Scalar& element : elements_) {
      if (&element != &*elements_.begin()) out += ',';
      out += element.text();
    }
    out += ']';
  }
  [[nodiscard]] std::size_t memory_bytes() const override { return sizeof(*this) + heap_bytes_; }

 private:
  // A node of the tree: colour, three links, the allocator's word.
  static constexpr std::size_t kNodeBytes = sizeof(Scalar) + (5 * sizeof(void*));

  std::set<Scalar> elements_;
  std::size_t heap_bytes_ = 0;
};

class Set final : public Node {
 public:
  void describe(std::string& out) const override { out += "set"; }
  [[nodiscard]] Result<void> check(std::string_view value, Origin /*origin*/) const override {
    for (const std::string_view text : added_by(value)) {
      const Result<Scalar> element = read_element(text);
      if (!element) return std::unexpected(element.error());
    }
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<SetState>();
  }
};

}  // namespace

NodePtr make_set() {
  return std::make_shared<Set>();
}

}  // namespace seawall::merges
