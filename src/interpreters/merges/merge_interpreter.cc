#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/merges.h"
#include "seawall/state_interpreter_interface.h"

#include "interpreters/json_value.h"
#include "interpreters/merges/kinds.h"
#include "interpreters/merges/node.h"
#include "interpreters/merges/schema.h"

namespace seawall::merges {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kIdPrefix = "seawall.merge:";

// Returns the one value in `bytes`, without the space around it.
Result<std::string_view> read_json(std::string_view bytes) {
  const auto value = interpreters::json_value(bytes);
  if (value) return *value;
  return refused("not JSON: " + std::string(value.error().what) + " at offset " +
                 std::to_string(value.error().offset));
}

Result<void> check_version(std::uint32_t version) {
  if (version == kVersion) return {};
  return std::unexpected(Error{.code = Errc::kUnsupported,
                               .message = "state of version " + std::to_string(version) +
                                          " was written by newer merges: upgrade Seawall"});
}

class MergedState final : public LiveState {
 public:
  explicit MergedState(NodePtr node) : node_(std::move(node)), state_(node_->make_state()) {}

  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t version) override {
    return fold(delta, version, Source::kDelta);
  }

  Result<void> fold(std::string_view bytes, std::uint32_t version, Source source) {
    if (Result<void> known = check_version(version); !known) return known;
    const Result<std::string_view> value = read_json(bytes);
    if (!value) return std::unexpected(value.error());
    // Everything that can fail comes before the change: an error, or memory that runs short, leaves
    // no half-merged state.
    Result<Change> change = state_->prepare(*value, {.source = source});
    if (!change) return std::unexpected(std::move(change.error()));
    (*change)();
    return {};
  }

  [[nodiscard]] Result<std::string> serialize() const override {
    std::string out;
    state_->write(out);
    return out;
  }

  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + state_->memory_bytes();
  }

 private:
  NodePtr node_;  ///< Outlives `state_`, which refers to it.
  std::unique_ptr<State> state_;
};

class MergeInterpreter final : public StateInterpreterInterface {
 public:
  explicit MergeInterpreter(NodePtr node) : node_(std::move(node)) { node_->describe(id_); }

  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] std::uint32_t version() const override { return kVersion; }

  [[nodiscard]] Result<std::string> format(std::string_view data) const override {
    const Result<std::string_view> value = read_json(data);
    if (!value) return std::unexpected(value.error());
    if (Result<void> taken = node_->check(*value, {.source = Source::kDelta}); !taken) {
      return std::unexpected(std::move(taken.error()));
    }
    return std::string(*value);
  }

  [[nodiscard]] Result<std::unique_ptr<LiveState>> parse(std::string_view state,
                                                         std::uint32_t version) const override {
    auto live = std::make_unique<MergedState>(node_);
    if (version == 0 && state.empty()) return live;
    if (Result<void> restored = live->fold(state, version, Source::kState); !restored) {
      return std::unexpected(std::move(restored.error()));
    }
    return live;
  }

 private:
  std::string id_{kIdPrefix};
  NodePtr node_;
};

}  // namespace

Result<std::shared_ptr<const StateInterpreterInterface>> make_interpreter(const Merge& merge) {
  Result<NodePtr> node = parse_schema(merge.schema);
  if (!node) return std::unexpected(std::move(node.error()));
  return std::make_shared<MergeInterpreter>(std::move(*node));
}

std::shared_ptr<const StateInterpreterInterface> interpreter_of(std::string_view id) {
  if (!id.starts_with(kIdPrefix)) return nullptr;
  Result<NodePtr> node = parse_schema(id.substr(kIdPrefix.size()));
  if (!node) return nullptr;
  auto interpreter = std::make_shared<MergeInterpreter>(std::move(*node));
  return interpreter->id() == id ? std::move(interpreter) : nullptr;
}

}  // namespace seawall::merges
