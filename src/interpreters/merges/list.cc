#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "interpreters/json_cursor.h"
#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/text_memory.h"

namespace seawall::merges {
namespace {

// The values that `value` appends: an array its elements, anything else itself. The state nests
// them in one more array, which must not take it beyond what a state may hold.
Result<std::vector<std::string_view>> read_values(std::string_view value, Origin origin) {
  if (value.starts_with('[')) return interpreters::json_elements(value);
  if (!interpreters::JsonCursor(value).skip_value(origin.depth_max - 1)) {
    return refused("nested too deep for an element of a list");
  }
  return std::vector{value};
}

// Values at the end of a list that are not part of it yet; unless released, they go again.
class Appended {
 public:
  explicit Appended(std::deque<std::string>& values) : values_(&values), first_(values.size()) {}
  Appended(Appended&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), first_(other.first_) {}
  Appended(const Appended&) = delete;
  Appended& operator=(const Appended&) = delete;
  Appended& operator=(Appended&&) = delete;
  ~Appended() {
    if (values_ == nullptr) return;
    while (values_->size() > first_) values_->pop_back();
  }

  void add(std::string_view value) { values_->emplace_back(value); }
  /// Returns the index of the first of them.
  std::size_t release() noexcept {
    values_ = nullptr;
    return first_;
  }

 private:
  std::deque<std::string>* values_;
  std::size_t first_;
};

class ListState final : public State {
 public:
  explicit ListState(std::optional<std::uint64_t> values_max) : values_max_(values_max) {}
  [[nodiscard]] Result<Change> prepare(std::string_view value, Origin origin) override {
    Result<std::vector<std::string_view>> values = read_values(value, origin);
    if (!values) return std::unexpected(std::move(values.error()));
    Appended appended(values_);
    const std::size_t skipped = values->size() - std::min<std::uint64_t>(values->size(), cap());
    for (const std::string_view added : std::span(*values).subspan(skipped)) appended.add(added);
    return [this, appended = std::move(appended)]() mutable noexcept { keep(appended.release()); };
  }
  void write(std::string& out) const override {
    out += '[';
    for (const std::string& value : values_) {
      if (&value != &values_.front()) out += ',';
      out += value;
    }
    out += ']';
  }
  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + heap_bytes_ + (values_.size() * sizeof(std::string));
  }

 private:
  [[nodiscard]] std::uint64_t cap() const {
    return values_max_.value_or(std::numeric_limits<std::uint64_t>::max());
  }

  // Makes the values from `first` on part of the list, and drops the oldest above the cap.
  void keep(std::size_t first) noexcept {
    for (std::size_t i = first; i < values_.size(); ++i) {
      heap_bytes_ += interpreters::text_heap_bytes(values_[i]);
    }
    for (; values_.size() > cap(); values_.pop_front()) {
      heap_bytes_ -= interpreters::text_heap_bytes(values_.front());
    }
  }

  std::optional<std::uint64_t> values_max_;
  std::deque<std::string> values_;
  std::size_t heap_bytes_ = 0;
};

class List final : public Node {
 public:
  explicit List(std::optional<std::uint64_t> values_max) : values_max_(values_max) {}
  void describe(std::string& out) const override {
    out += "list";
    if (values_max_) out.append("(").append(std::to_string(*values_max_)).append(")");
  }
  [[nodiscard]] Result<void> check(std::string_view value, Origin origin) const override {
    const Result<std::vector<std::string_view>> values = read_values(value, origin);
    if (!values) return std::unexpected(values.error());
    return {};
  }
  [[nodiscard]] std::unique_ptr<State> make_state() const override {
    return std::make_unique<ListState>(values_max_);
  }

 private:
  std::optional<std::uint64_t> values_max_;
};

}  // namespace

NodePtr make_list(std::optional<std::uint64_t> values_max) {
  return std::make_shared<List>(values_max);
}

}  // namespace seawall::merges
