#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "seawall/error.h"

#include "interpreters/json_text.h"
#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/scalar.h"
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

using interpreters::Scalar;

constexpr std::string_view kNothing = "null";

Result<Scalar> read_score(std::string_view value, const std::string& field) {
  const auto fields = interpreters::json_fields(value);
  if (!fields) return refused(std::string(fields.error().what));
  for (const interpreters::JsonField& member : *fields) {
    if (member.name != field) continue;
    std::optional<Scalar> score = Scalar::parse(member.value);
    if (score) return std::move(*score);
    break;
  }
  return refused("expected an object whose " + interpreters::json_quote(field) +
                 " is a string, or a number with digits between 1e308 and 1e-324");
}

// The object with the greatest score. Of equal scores the one with the greater bytes, so that the
// order of records does not matter.
class ArgMaxState final : public State {
 public:
  explicit ArgMaxState(const std::string& field) : field_(field) {}
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin /*origin*/) override {
    if (value == kNothing) return [] noexcept {};
    Result<Scalar> score = read_score(value, field_);
    if (!score) return std::unexpected(std::move(score.error()));
    if (best_ && std::tie(*score, value) <=
                     std::tuple<const Scalar&, std::string_view>(best_->score, best_->text)) {
      return [] noexcept {};
    }
    Best best{.score = std::move(*score), .text = std::string(value)};
    return [this, best = std::move(best)]() mutable noexcept { best_ = std::move(best); };
  }
  void write(std::string& out) const override { out += best_ ? best_->text : kNothing; }
  [[nodiscard]] std::size_t memory_bytes() const override {
    if (!best_) return sizeof(*this);
    return sizeof(*this) + best_->score.heap_bytes() + interpreters::text_heap_bytes(best_->text);
  }

 private:
  struct Best {
    Scalar score;
    std::string text;
  };

  const std::string& field_;
  std::optional<Best> best_;
};

class ArgMax final : public Node {
 public:
  explicit ArgMax(std::string field) : field_(std::move(field)) {}
  void describe(std::string& out) const override {
    out.append("arg_max(").append(interpreters::json_quote(field_)).append(")");
  }
  [[nodiscard]] Result<void> check(std::string_view value, Origin /*origin*/) const override {
    if (value == kNothing) return {};
    const Result<Scalar> score = read_score(value, field_);
    if (!score) return std::unexpected(score.error());
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<ArgMaxState>(field_);
  }

 private:
  std::string field_;
};

}  // namespace

NodePtr make_arg_max(std::string field) {
  return std::make_shared<ArgMax>(std::move(field));
}

}  // namespace seawall::merges
