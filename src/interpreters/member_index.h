#pragma once

/// \file
/// Finds an object's members by the hashes of their names.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace seawall::interpreters {

/// Returns the hash under which `MemberIndex` keeps the member `name`. It is keyed with a secret of
/// the process: nobody can choose names that collide.
[[nodiscard]] std::uint64_t member_hash(std::string_view name);

/// A hash table of numbers: the places of members in an array that the owner keeps. Open addressing
/// with linear probing, at most half full.
///
/// Adding has the strong guarantee, and what was added last can be taken back without failing:
/// together they let an owner add members that it may still give up.
class MemberIndex {
 public:
  /// Returns the member whose hash is `hash` and of which `is_it(member)` holds.
  template <class IsIt>
  [[nodiscard]] std::optional<std::size_t> find(std::uint64_t hash, IsIt is_it) const {
    if (slots_.empty()) return std::nullopt;
    for (std::size_t at = home(hash); slots_[at].next != 0; at = after(at)) {
      const std::size_t member = slots_[at].next - 1;
      if (slots_[at].hash == hash && is_it(member)) return member;
    }
    return std::nullopt;
  }

  /// Adds member number `size()`, which no other of `hash` equals.
  void add(std::uint64_t hash);

  /// Takes back the member that was added last, whose hash is `hash`.
  void remove_last(std::uint64_t hash) noexcept;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t heap_bytes() const { return slots_.capacity() * sizeof(Slot); }

  /// Returns how many slots the longest search for a member looks at. Walks over all of them.
  [[nodiscard]] std::size_t longest_search() const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::size_t next = 0;  ///< One above the member's number; 0 when the slot is free.
  };

  [[nodiscard]] std::size_t home(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  [[nodiscard]] std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void grow();

  std::vector<Slot> slots_;  ///< A power of two of them, or none.
  std::size_t size_ = 0;
};

}  // namespace seawall::interpreters
