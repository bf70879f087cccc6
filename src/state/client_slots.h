#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/keyed_hash.h"
#include "state/named_client.h"

namespace seawall::state {

/// A client's name with its hash, which one call then computes once.
struct ClientName {
  template <std::convertible_to<std::string_view> Text>
  ClientName(const Text& name)  // NOLINT(google-explicit-constructor): any name may be looked up
      : text(name), hash(base::hash_bytes(text)) {}
  std::string_view text;
  std::size_t hash;
};

/// The array of a ClientMap: open addressing with linear probing, four fifths full at most. A
/// look-up reads a line of tags (seven bits of the hash per slot), one slot and the client; a slot
/// costs 9 bytes, where a node of std::unordered_map costs 24 with its bucket and a division.
///
/// A hash's highest four bits choose the shard, the next ones the slot, so that clients lie nearly
/// in the order of their hashes, whatever the number of slots: a walk in that order can go on after
/// the array has grown. The tag takes the lowest bits.
class ClientSlots {
 public:
  /// Returns how many slots a search for `name` looks at, and how many clients it compares.
  struct Probes {
    std::size_t slots = 0;
    std::size_t names = 0;
  };

  ClientSlots() = default;
  /// `slots` is a power of two, at least 2.
  explicit ClientSlots(std::size_t slots);

  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  [[nodiscard]] static bool fit(std::size_t clients, std::size_t slots);

  [[nodiscard]] NamedClient* find(const ClientName& name) const;
  [[nodiscard]] Probes probes(const ClientName& name) const;
  /// Adds a client that is not there. There is room.
  void put(NamedClient::Owner client) noexcept;
  /// Removes and destroys `client`; returns whether it was there.
  bool erase(const NamedClient& client) noexcept;

  /// Returns an empty slot. There is one.
  [[nodiscard]] std::size_t empty_slot() const;
  [[nodiscard]] std::size_t before(std::size_t slot) const {
    return (slot - 1) & (slots_.size() - 1);
  }
  /// Takes the client out of `slot`, if any, behind which a slot is empty: no search for another
  /// client goes past it.
  NamedClient::Owner take(std::size_t slot) noexcept;

  /// Asks the processor for what `find` will read first.
  void prefetch(const ClientName& name) const {
    if (tags_.empty()) return;
    __builtin_prefetch(&tags_[home(name.hash)]);
    __builtin_prefetch(&slots_[home(name.hash)]);
  }
  /// The same for the client, once the former is there.
  void prefetch_client(const ClientName& name) const {
    if (tags_.empty()) return;
    const std::size_t slot = home(name.hash);
    if (tags_[slot] != tag_of(name.hash)) return;
    __builtin_prefetch(slots_[slot].get());
    __builtin_prefetch(slots_[slot]->name().data());
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const NamedClient::Owner& client : slots_) {
      if (client) visit(*client);
    }
  }

  /// Calls `visit` for the clients whose search begins at a slot in [begin, end).
  template <class Visit>
  void for_each_at_home(std::size_t begin, std::size_t end, Visit visit) const {
    std::size_t slot = begin;
    for (std::size_t i = begin; i < begin + slots_.size(); ++i, slot = after(slot)) {
      if (tags_[slot] == kEmpty) {
        if (i >= end) return;
        continue;
      }
      const std::size_t wanted = home(ClientName(slots_[slot]->name()).hash);
      if (wanted >= begin && wanted < end) visit(*slots_[slot]);
    }
  }

 private:
  static constexpr std::uint8_t kEmpty = 0;
  static constexpr unsigned kShardBits = 4;

  [[nodiscard]] std::size_t home(std::size_t hash) const { return (hash << kShardBits) >> shift_; }
  [[nodiscard]] std::size_t after(std::size_t slot) const {
    return (slot + 1) & (slots_.size() - 1);
  }
  [[nodiscard]] static std::uint8_t tag_of(std::size_t hash) {
    constexpr std::uint8_t kTagBit = 0x80;
    return static_cast<std::uint8_t>(kTagBit | hash);
  }

  std::vector<std::uint8_t> tags_;         ///< kEmpty where there is no client.
  std::vector<NamedClient::Owner> slots_;  ///< A power of two, or none.
  unsigned shift_ = 0;
};

}  // namespace seawall::state
