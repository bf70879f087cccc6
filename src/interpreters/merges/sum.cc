#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/decimal.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/merges/number.h"

namespace seawall::merges {
namespace {

using interpreters::Decimal;

class SumState final : public State {
 public:
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin origin) override {
    Result<Decimal> number = read_number(value, origin.source);
    if (!number) return std::unexpected(std::move(number.error()));
    number->add(sum_);
    return [this, sum = std::move(*number)]() mutable noexcept { sum_ = std::move(sum); };
  }
  void write(std::string& out) const override { out += sum_.text(); }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + sum_.heap_bytes();
  }

 private:
  Decimal sum_;
};

class Sum final : public Node {
 public:
  void describe(std::string& out) const override { out += "sum"; }
  [[nodiscard]] Result<void> check(std::string_view value, Origin origin) const override {
    const Result<Decimal> number = read_number(value, origin.source);
    if (!number) return std::unexpected(number.error());
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<SumState>();
  }
};

}  // namespace

NodePtr make_sum() {
  return std::make_shared<Sum>();
}

}  // namespace seawall::merges
