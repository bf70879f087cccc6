#include "seawall/consumer_state_interpreter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"
#include "interpreters/json_value.h"
#include "interpreters/object_state.h"

namespace seawall {
namespace {

using interpreters::JsonMember;
using interpreters::JsonObject;

constexpr std::uint32_t kVersion = 1;

Error refused(std::string_view what, std::size_t offset) {
  return Error{.code = Errc::kInvalidArgument,
               .message = "data must be one JSON object: " + std::string(what) + " at offset " +
                          std::to_string(offset),
               .file = {}};
}

Error unsupported(std::uint32_t version) {
  return Error{.code = Errc::kUnsupported,
               .message = "state of version " + std::to_string(version) +
                          " was written by a newer ConsumerStateInterpreter: upgrade Seawall",
               .file = {}};
}

Result<JsonObject> read_object(std::string_view text) {
  auto object = interpreters::json_object(text);
  if (!object) return std::unexpected(refused(object.error().what, object.error().offset));
  return std::move(*object);
}

// Refuses an object that gives a key twice, naming the later place.
Result<void> check_unique(const std::vector<JsonMember>& members) {
  std::deque<std::string> unquoted;
  std::vector<std::pair<std::string_view, std::size_t>> keys;
  keys.reserve(members.size());
  for (const JsonMember& member : members) {
    std::string buffer;
    std::string_view key = interpreters::json_key_name(member.key, buffer);
    if (!buffer.empty()) key = unquoted.emplace_back(std::move(buffer));
    keys.emplace_back(key, member.offset);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys, {}, &decltype(keys)::value_type::first);
  if (twice == keys.end()) return {};
  return std::unexpected(refused("key given twice", std::next(twice)->second));
}

class ConsumerState final : public LiveState {
 public:
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t version) override {
    if (version != kVersion) return std::unexpected(unsupported(version));
    const Result<JsonObject> object = read_object(delta);
    if (!object) return std::unexpected(object.error());
    object_.set(object->members);
    return {};
  }

  [[nodiscard]] Result<std::string> serialize() const override { return object_.text(); }

  [[nodiscard]] std::size_t memory_bytes() const override {
    return sizeof(*this) + object_.heap_bytes();
  }

 private:
  interpreters::ObjectState object_;
};

}  // namespace

std::string_view ConsumerStateInterpreter::id() const {
  return "seawall.consumer-state";
}

std::uint32_t ConsumerStateInterpreter::version() const {
  return kVersion;
}

Result<std::string> ConsumerStateInterpreter::format(std::string_view data) const {
  const Result<JsonObject> object = read_object(data);
  if (!object) return std::unexpected(object.error());
  if (const Result<void> unique = check_unique(object->members); !unique) {
    return std::unexpected(unique.error());
  }
  return std::string(object->bytes);
}

Result<std::unique_ptr<LiveState>> ConsumerStateInterpreter::parse(std::string_view state,
                                                                   std::uint32_t version) const {
  auto live = std::make_unique<ConsumerState>();
  if (version == 0 && state.empty()) return live;
  if (Result<void> merged = live->merge(state, version); !merged) {
    return std::unexpected(std::move(merged.error()));
  }
  return live;
}

}  // namespace seawall
