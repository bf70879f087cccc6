#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/scalar.h"

namespace seawall::merges {
namespace {

using interpreters::Scalar;

enum class Which : std::uint8_t { kLeast, kGreatest };

// "null" says that nothing came.
constexpr std::string_view kUnset = "null";

Result<Scalar> read_bound(std::string_view value) {
  std::optional<Scalar> scalar = Scalar::parse(value);
  if (scalar) return std::move(*scalar);
  return refused("expected a string, or a number with digits between 1e308 and 1e-324");
}

class BoundState final : public State {
 public:
  explicit BoundState(Which which) : which_(which) {}
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin /*origin*/) override {
    if (value == kUnset) return [] noexcept {};
    Result<Scalar> scalar = read_bound(value);
    if (!scalar) return std::unexpected(std::move(scalar.error()));
    if (bound_ && (which_ == Which::kLeast ? *scalar >= *bound_ : *scalar <= *bound_)) {
      return [] noexcept {};
    }
    return [this, bound = std::move(*scalar)]() mutable noexcept { bound_ = std::move(bound); };
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
  [[nodiscard]] Result<void> check(std::string_view value, Origin /*origin*/) const override {
    if (value == kUnset) return {};
    const Result<Scalar> scalar = read_bound(value);
    if (!scalar) return std::unexpected(scalar.error());
    return {};
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
