#include "interpreters/object_state.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "interpreters/json_object_scanner.h"
#include "interpreters/json_text.h"
#include "interpreters/member_index.h"
#include "interpreters/text_memory.h"

namespace seawall::interpreters {

// Members at the end that are not part of the object yet; unless kept, they go again.
class ObjectState::Added {
 public:
  explicit Added(ObjectState& object) : object_(object), first_(object.members_.size()) {}
  Added(const Added&) = delete;
  Added& operator=(const Added&) = delete;
  ~Added() {
    if (kept_) return;
    // The index first: a member that could not be indexed is the last one.
    while (object_.index_.size() > first_) {
      object_.index_.remove_last(object_.members_[object_.index_.size() - 1].hash);
    }
    while (object_.members_.size() > first_) object_.members_.pop_back();
  }

  void add(std::string_view name, const JsonMember& member) {
    const std::uint64_t hash = member_hash(name);
    object_.members_.emplace_back(std::string(member.key), std::string(member.value), hash);
    object_.index_.add(hash);
  }

  void keep() noexcept {
    kept_ = true;
    object_.keep_from(first_);
  }

 private:
  ObjectState& object_;
  std::size_t first_;
  bool kept_ = false;
};

void ObjectState::set(const std::vector<JsonMember>& members) {
  Added added(*this);
  std::vector<std::pair<std::size_t, std::string>> replaced;
  replaced.reserve(members.size());
  std::string unquoted;
  for (const JsonMember& member : members) {
    const std::string_view name = json_key_name(member.key, unquoted);
    if (const std::optional<std::size_t> known = find(name)) {
      replaced.emplace_back(*known, member.value);
    } else {
      added.add(name, member);
    }
  }
  // All that can fail has happened.
  added.keep();
  for (auto& [member, value] : replaced) replace(member, value);
}

std::optional<std::size_t> ObjectState::find(std::string_view name) const {
  const auto is_it = [&](std::size_t member) {
    std::string unquoted;
    return json_key_name(members_[member].key, unquoted) == name;
  };
  // Looking at so few costs less than a hash.
  constexpr std::size_t kFew = 4;
  if (members_.size() > kFew) return index_.find(member_hash(name), is_it);
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (is_it(member)) return member;
  }
  return std::nullopt;
}

void ObjectState::keep_from(std::size_t first) noexcept {
  for (std::size_t i = first; i < members_.size(); ++i) {
    const Member& member = members_[i];
    text_bytes_ += member.key.size() + member.value.size();
    heap_bytes_ += text_heap_bytes(member.key) + text_heap_bytes(member.value);
  }
}

void ObjectState::replace(std::size_t member, std::string& value) noexcept {
  std::string& now = members_[member].value;
  text_bytes_ += value.size() - now.size();
  heap_bytes_ += text_heap_bytes(value) - text_heap_bytes(now);
  now.swap(value);
}

std::string ObjectState::text() const {
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

std::size_t ObjectState::heap_bytes() const {
  return (members_.capacity() * sizeof(Member)) + heap_bytes_ + index_.heap_bytes();
}

}  // namespace seawall::interpreters
