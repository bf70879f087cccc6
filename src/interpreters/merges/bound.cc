#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "base/check.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/scalar.h"

namespace seawall::merges {
namespace {

using interpreters::Scalar;

enum class Which : std::uint8_t { kLeast, kGreatest };

// "null" says that nothing came.
constexpr std::string_view kUnset = "null";

class BoundState final : public State {
 public:
  explicit BoundState(Which which) : which_(which) {}
  void apply(std::string_view value) override {
    if (value == kUnset) return;
    std::optional<Scalar> scalar = Scalar::parse(value);
    SEAWALL_CHECK(scalar.has_value());
    if (!bound_ || (which_ == Which::kLeast ? *scalar < *bound_ : *scalar > *bound_)) {
      bound_ = std::move(scalar);
    }
  }
  void write(std::string& out) const override { out += bound_ ? bound_->text() : kUnset; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + (bound_ ? bound_->heap_bytes() : 0);
  }

 private:
  Which which_;
  std::optional<Scalar> bound_;
};

class Bound final : public Node {
 public:
  explicit Bound(Which which) : which_(which) {}
  void describe(std::string& out) const override { out += which_ == Which::kLeast ? "min" : "max"; }
  [[nodiscard]] Result<void> check(std::string_view value, Source /*source*/) const override {
    if (value == kUnset || Scalar::parse(value)) return {};
    return refused("expected a string, or a number with digits between 1e308 and 1e-324");
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<BoundState>(which_);
  }

 private:
  Which which_;
};

}  // namespace

NodePtr make_min() {
  return std::make_shared<Bound>(Which::kLeast);
}

NodePtr make_max() {
  return std::make_shared<Bound>(Which::kGreatest);
}

}  // namespace seawall::merges
