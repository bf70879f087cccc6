#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "interpreters/decimal.h"
#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/merges/number.h"

namespace seawall::merges {
namespace {

using interpreters::Decimal;

struct Counted {
  Decimal count{1};
  Decimal sum;
};

// {"count":n,"sum":s} stands for n numbers, as a state does.
Result<Counted> read_counted(std::string_view object, Source source) {
  const auto fields = interpreters::json_fields(object);
  if (!fields || fields->size() != 2 || fields->front().name != "count" ||
      fields->back().name != "sum") {
    return refused("expected a number or an object of count and sum");
  }
  Result<Decimal> count = read_number(fields->front().value, source);
  if (!count) return std::unexpected(std::move(count.error()));
  Result<Decimal> sum = read_number(fields->back().value, source);
  if (!sum) return std::unexpected(std::move(sum.error()));
  if (!count->is_integer() || count->is_negative() || (count->is_zero() && !sum->is_zero())) {
    return refused("expected a count that is a whole number, 0 only beside a sum of 0");
  }
  return Counted{.count = std::move(*count), .sum = std::move(*sum)};
}

Result<Counted> read_mean(std::string_view value, Source source) {
  if (value.starts_with('{')) return read_counted(value, source);
  Result<Decimal> number = read_number(value, source);
  if (!number) return std::unexpected(std::move(number.error()));
  return Counted{.sum = std::move(*number)};
}

class MeanState final : public State {
 public:
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin origin) override {
    Result<Counted> counted = read_mean(value, origin.source);
    if (!counted) return std::unexpected(std::move(counted.error()));
    counted->count.add(count_);
    counted->sum.add(sum_);
    return [this, mean = std::move(*counted)]() mutable noexcept {
      count_ = std::move(mean.count);
      sum_ = std::move(mean.sum);
    };
  }
  void write(std::string& out) const override {
    out.append(R"({"count":)").append(count_.text());
    out.append(R"(,"sum":)").append(sum_.text()).append("}");
  }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + count_.heap_bytes() + sum_.heap_bytes();
  }

 private:
  Decimal count_;
  Decimal sum_;
};

class Mean final : public Node {
 public:
  void describe(std::string& out) const override { out += "mean"; }
  [[nodiscard]] Result<void> check(std::string_view value, Origin origin) const override {
    const Result<Counted> counted = read_mean(value, origin.source);
    if (!counted) return std::unexpected(counted.error());
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<MeanState>();
  }
};

}  // namespace

NodePtr make_mean() {
  return std::make_shared<Mean>();
}

}  // namespace seawall::merges
