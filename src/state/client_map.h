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

/// Clients by name: open addressing with linear probing. A look-up reads a line of tags (seven bits
/// of the hash per slot), one slot and the client; a slot costs 9 bytes, where a node of
/// std::unordered_map costs 24 with its bucket and a division.
///
/// Thread safety: none; a shard's mutex guards it.
class ClientMap {
 public:
  /// Returns the client or null.
  [[nodiscard]] NamedClient* find(const ClientName& name) const;

  /// Returns the client, created empty when unknown.
  [[nodiscard]] NamedClient& find_or_create(const ClientName& name);

  /// Removes and destroys `client`, which is in the map.
  void erase(const NamedClient& client);

  /// Makes room for `clients` in all, so that adding up to them moves nothing.
  void reserve(std::size_t clients);

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Returns how many slots a search for `name` looks at, and how many clients it compares.
  struct Probes {
    std::size_t slots = 0;
    std::size_t names = 0;
  };
  [[nodiscard]] Probes probes(const ClientName& name) const;

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

  /// Calls `visit(NamedClient&)` for every client.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const NamedClient::Owner& client : slots_) {
      if (client) visit(*client);
    }
  }

 private:
  static constexpr std::uint8_t kEmpty = 0;

  [[nodiscard]] std::size_t home(std::size_t hash) const { return hash & (slots_.size() - 1); }
  [[nodiscard]] std::size_t after(std::size_t slot) const {
    return (slot + 1) & (slots_.size() - 1);
  }
  [[nodiscard]] static std::uint8_t tag_of(std::size_t hash);
  [[nodiscard]] bool fits(std::size_t clients, std::size_t slots) const;
  void put(std::size_t hash, NamedClient::Owner client);
  void grow(std::size_t slots);

  std::vector<std::uint8_t> tags_;         ///< kEmpty where there is no client.
  std::vector<NamedClient::Owner> slots_;  ///< A power of two, or none.
  std::size_t size_ = 0;
};

}  // namespace seawall::state
