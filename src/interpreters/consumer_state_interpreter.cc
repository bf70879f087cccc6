#include "seawall/consumer_state_interpreter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "interpreters/json_cursor.h"
#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"
#include "interpreters/text_memory.h"

namespace seawall {
namespace {

using interpreters::JsonFault;
using interpreters::JsonMember;
using interpreters::JsonObjectScanner;
using interpreters::text_heap_bytes;

constexpr std::uint32_t kVersion = 1;

Error refused(std::string_view what, std::size_t offset) {
  return Error{.code = Errc::kInvalidArgument,
               .message = "data must be one JSON object: " + std::string(what) + " at offset " +
                          std::to_string(offset),
               .file = {}};
}

// A whole object, split. Keys are compared by what they stand for, so "a" is "\u0061".
struct Object {
  std::string_view bytes;
  std::vector<JsonMember> members;
};

Result<Object> split(std::string_view text) {
  JsonObjectScanner scanner(text);
  Object object;
  while (true) {
    const std::expected<std::optional<JsonMember>, JsonFault> member = scanner.next();
    if (!member) return std::unexpected(refused(member.error().what, member.error().offset));
    if (!*member) break;
    object.members.push_back(**member);
  }
  object.bytes = scanner.object();
  return object;
}

bool has_escape(std::string_view quoted) {
  return quoted.contains('\\');
}

std::string_view strip_quotes(std::string_view quoted) {
  return quoted.substr(1, quoted.size() - 2);
}

// Refuses an object that gives a key twice, naming the later place.
Result<void> check_unique(const std::vector<JsonMember>& members) {
  std::deque<std::string> unquoted;
  std::vector<std::pair<std::string_view, std::size_t>> keys;
  keys.reserve(members.size());
  for (const JsonMember& member : members) {
    const std::string_view key = has_escape(member.key)
                                     ? unquoted.emplace_back(interpreters::json_unquote(member.key))
                                     : strip_quotes(member.key);
    keys.emplace_back(key, member.offset);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys, {}, &decltype(keys)::value_type::first);
  if (twice == keys.end()) return {};
  return std::unexpected(refused("key given twice", std::next(twice)->second));
}

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
};

class ObjectState final : public LiveState {
 public:
  [[nodiscard]] Result<void> merge(std::string_view delta, std::uint32_t version) override {
    if (version != kVersion) return std::unexpected(unsupported(version));
    const Result<Object> object = split(delta);
    if (!object) return std::unexpected(object.error());
    for (const JsonMember& member : object->members) set(member);
    return {};
  }

  [[nodiscard]] Result<std::string> serialize() const override {
    std::string out;
    out.reserve(text_bytes_ + (members_.size() * 2) + 2);
    out.push_back('{');
    for (const Member& member : members_) {
      if (out.size() > 1) out.push_back(',');
      out.append(member.key).append(":").append(member.value);
    }
    out.push_back('}');
    return out;
  }

  [[nodiscard]] std::size_t memory_bytes() const override {
    // A node of the index: the pair, the link, the cached hash.
    constexpr std::size_t kNodeBytes = sizeof(std::pair<std::string, std::size_t>) + 16;
    return sizeof(*this) + (members_.capacity() * sizeof(Member)) + heap_bytes_ +
           (index_.size() * kNodeBytes) + (index_.bucket_count() * sizeof(void*));
  }

  static Error unsupported(std::uint32_t version) {
    return Error{.code = Errc::kUnsupported,
                 .message = "state of version " + std::to_string(version) +
                            " was written by a newer ConsumerStateInterpreter: upgrade Seawall",
                 .file = {}};
  }

 private:
  // As they came in: the first key's spelling, the latest value.
  struct Member {
    std::string key;
    std::string value;
  };

  void set(const JsonMember& member) {
    if (has_escape(member.key)) {
      set(interpreters::json_unquote(member.key), member);
    } else {
      set(strip_quotes(member.key), member);
    }
  }

  void set(std::string_view key, const JsonMember& member) {
    const auto found = index_.find(key);
    if (found == index_.end()) {
      add(key, member);
    } else {
      replace(members_[found->second].value, member.value);
    }
  }

  void add(std::string_view key, const JsonMember& member) {
    const Member& added = members_.emplace_back(std::string(member.key), std::string(member.value));
    const auto indexed = index_.emplace(std::string(key), members_.size() - 1).first;
    text_bytes_ += added.key.size() + added.value.size();
    heap_bytes_ +=
        text_heap_bytes(added.key) + text_heap_bytes(added.value) + text_heap_bytes(indexed->first);
  }

  void replace(std::string& value, std::string_view by) {
    text_bytes_ -= value.size();
    heap_bytes_ -= text_heap_bytes(value);
    // A value that shrank much gives its memory back: budgets count what is held.
    if (by.size() < value.capacity() / 2) {
      std::string(by).swap(value);
    } else {
      value.assign(by);
    }
    text_bytes_ += value.size();
    heap_bytes_ += text_heap_bytes(value);
  }

  std::vector<Member> members_;
  std::unordered_map<std::string, std::size_t, KeyHash, std::equal_to<>> index_;
  std::size_t text_bytes_ = 0;
  std::size_t heap_bytes_ = 0;
};

}  // namespace

std::string_view ConsumerStateInterpreter::id() const {
  return "seawall.consumer-state";
}

std::uint32_t ConsumerStateInterpreter::version() const {
  return kVersion;
}

Result<std::string> ConsumerStateInterpreter::format(std::string_view data) const {
  const Result<Object> object = split(data);
  if (!object) return std::unexpected(object.error());
  if (const Result<void> unique = check_unique(object->members); !unique) {
    return std::unexpected(unique.error());
  }
  return std::string(object->bytes);
}

Result<std::unique_ptr<LiveState>> ConsumerStateInterpreter::parse(std::string_view state,
                                                                   std::uint32_t version) const {
  auto live = std::make_unique<ObjectState>();
  if (version == 0) return live;
  if (Result<void> merged = live->merge(state, version); !merged) {
    return std::unexpected(std::move(merged.error()));
  }
  return live;
}

}  // namespace seawall
