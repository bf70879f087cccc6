#pragma once

/// \file
/// The state that ConsumerStateInterpreter keeps: a JSON object whose members can be replaced.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interpreters/json_object_scanner.h"
#include "interpreters/member_index.h"

namespace seawall::interpreters {

/// An object's members, each as it came in: the spelling of the key that came first, the value that
/// came last. Keys are compared by what they stand for. Used by one thread at a time.
class ObjectState {
 public:
  /// Sets `members`. When memory runs short it throws, and the object is as it was.
  void set(const std::vector<JsonMember>& members);

  /// Returns the object as JSON, its members in the order in which their keys first came.
  [[nodiscard]] std::string text() const;
  /// Returns what it holds outside its own object, in bytes.
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  class Added;
  struct Member {
    std::string key;  ///< With its quotes.
    std::string value;
    std::uint64_t hash = 0;  ///< Of what the key stands for.
  };

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  void keep_from(std::size_t first) noexcept;
  void replace(std::size_t member, std::string& value) noexcept;

  std::vector<Member> members_;
  MemberIndex index_;
  std::size_t text_bytes_ = 0;
  std::size_t heap_bytes_ = 0;
};

}  // namespace seawall::interpreters
