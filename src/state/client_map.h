#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "state/client_slots.h"
#include "state/named_client.h"

namespace seawall::state {

/// Clients by name. When the array is full, clients move to one twice as large a few at a time,
/// with each one that is added: moving a million at once would stall every caller for as long.
///
/// Thread safety: none; a shard's mutex guards it.
class ClientMap {
 public:
  /// Returns the client or null.
  [[nodiscard]] NamedClient* find(const ClientName& name) const {
    NamedClient* found = current_.find(name);
    return found != nullptr || former_.slots() == 0 ? found : former_.find(name);
  }

  /// Returns the client, created empty when unknown. Exceptions: `bad_alloc`, with nothing changed.
  [[nodiscard]] NamedClient& find_or_create(const ClientName& name);

  /// Removes and destroys `client`, which is in the map.
  void erase(const NamedClient& client) noexcept;

  /// Makes room for `clients` in all, so that adding up to them moves nothing.
  void reserve(std::size_t clients);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Returns whether clients are still to be moved to a larger array.
  [[nodiscard]] bool moving() const { return former_.slots() != 0; }

  [[nodiscard]] ClientSlots::Probes probes(const ClientName& name) const {
    return current_.probes(name);
  }

  /// Asks the processor for what `find` will read first.
  void prefetch(const ClientName& name) const { current_.prefetch(name); }
  /// The same for the client, once the former is there.
  void prefetch_client(const ClientName& name) const { current_.prefetch_client(name); }

  /// Calls `visit(NamedClient&)` for every client.
  template <class Visit>
  void for_each(Visit visit) const {
    current_.for_each(visit);
    former_.for_each(visit);
  }

  /// Where a walk that lets others change the map in between has come to: hashes from here on.
  using Cursor = std::uint64_t;

  /// Visits some hundreds of clients from `cursor` on (0 to begin); returns where to go on, or
  /// nothing at the end. A client that is there from the walk's begin to its end is visited once,
  /// whatever is added, erased or moved between two calls.
  template <class Visit>
  [[nodiscard]] std::optional<Cursor> visit_some(Cursor cursor, Visit visit) const {
    const std::size_t slots = current_.slots();
    if (slots == 0) return std::nullopt;
    // A slot stands for a part of all hashes; the cursor counts in parts of the smallest array.
    const std::size_t begin = slot_at(cursor, slots);
    const std::size_t end = slots - begin <= kSlotsAtOnce ? slots : begin + kSlotsAtOnce;
    current_.for_each_at_home(begin, end, visit);
    if (moving()) {
      const std::size_t ratio = slots / former_.slots();
      former_.for_each_at_home(begin / ratio, end / ratio, visit);
    }
    if (end == slots) return std::nullopt;
    return cursor_at(end, slots);
  }

 private:
  /// A power of two, as all numbers of slots: a part of one array is a part of any larger one.
  static constexpr std::size_t kSlotsAtOnce = 512;

  /// A cursor has 32 bits behind the point: parts of 2^32 slots, more than there will be.
  static constexpr unsigned kCursorBits = 32;
  [[nodiscard]] static std::size_t slot_at(Cursor cursor, std::size_t slots) {
    return (cursor * slots) >> kCursorBits;
  }
  [[nodiscard]] static Cursor cursor_at(std::size_t slot, std::size_t slots) {
    return (static_cast<Cursor>(slot) << kCursorBits) / slots;
  }

  void grow(std::size_t slots);
  void move_some(std::size_t slots) noexcept;

  ClientSlots current_;
  ClientSlots former_;         ///< While clients move: those that have not.
  std::size_t move_next_ = 0;  ///< The slot of `former_` to be moved next, downwards.
  std::size_t move_left_ = 0;
  std::size_t size_ = 0;
};

}  // namespace seawall::state
