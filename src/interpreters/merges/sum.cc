#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "base/check.h"
#include "interpreters/decimal.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/merges/number.h"

namespace seawall::merges {
namespace {

using interpreters::Decimal;

class SumState final : public State {
 public:
  void apply(std::string_view value) override {
    const Result<Decimal> number = read_number(value, Source::kState);
    SEAWALL_CHECK(number.has_value());
    sum_.add(*number);
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
  [[nodiscard]] Result<void> check(std::string_view value, Source source) const override {
    const Result<Decimal> number = read_number(value, source);
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
