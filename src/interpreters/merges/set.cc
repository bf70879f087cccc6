#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "base/check.h"
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

class SetState final : public State {
 public:
  void apply(std::string_view value) override {
    for (const std::string_view element : added_by(value)) {
      std::optional<Scalar> scalar = Scalar::parse(element);
      SEAWALL_CHECK(scalar.has_value());
      const auto [at, added] = elements_.insert(std::move(*scalar));
      if (added) heap_bytes_ += kNodeBytes + at->heap_bytes();
    }
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
  [[nodiscard]] Result<void> check(std::string_view value, Source /*source*/) const override {
    for (const std::string_view element : added_by(value)) {
      if (Scalar::parse(element)) continue;
      return refused(
          "expected strings, or numbers with digits between 1e308 and 1e-324, one or an array of "
          "them");
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
