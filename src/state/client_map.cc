#include "state/client_map.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "state/named_client.h"

namespace seawall::state {
namespace {

constexpr std::size_t kSlotsMin = 16;

// The map's slots take the hash's low bits and the shards its highest four.
constexpr unsigned kTagShift = 53;
constexpr std::uint8_t kTagBit = 0x80;

}  // namespace

std::uint8_t ClientMap::tag_of(std::size_t hash) {
  return static_cast<std::uint8_t>(kTagBit | (hash >> kTagShift));
}

// Four fifths full at most: a search for an unknown name then looks at 13 tags on average, of one
// or two cache lines.
bool ClientMap::fits(std::size_t clients, std::size_t slots) const {
  return clients * 5 <= slots * 4;  // NOLINT(readability-magic-numbers): four fifths
}

NamedClient* ClientMap::find(const ClientName& name) const {
  if (slots_.empty()) return nullptr;
  const std::uint8_t tag = tag_of(name.hash);
  for (std::size_t slot = home(name.hash); tags_[slot] != kEmpty; slot = after(slot)) {
    if (tags_[slot] == tag && slots_[slot]->name() == name.text) return slots_[slot].get();
  }
  return nullptr;
}

ClientMap::Probes ClientMap::probes(const ClientName& name) const {
  Probes probes;
  if (slots_.empty()) return probes;
  const std::uint8_t tag = tag_of(name.hash);
  for (std::size_t slot = home(name.hash); tags_[slot] != kEmpty; slot = after(slot)) {
    ++probes.slots;
    if (tags_[slot] != tag) continue;
    ++probes.names;
    if (slots_[slot]->name() == name.text) break;
  }
  return probes;
}

NamedClient& ClientMap::find_or_create(const ClientName& name) {
  if (NamedClient* found = find(name)) return *found;
  if (!fits(size_ + 1, slots_.size())) grow(slots_.empty() ? kSlotsMin : 2 * slots_.size());
  NamedClient::Owner client = NamedClient::make(name.text);
  NamedClient& created = *client;
  put(name.hash, std::move(client));
  ++size_;
  return created;
}

void ClientMap::erase(const NamedClient& client) {
  std::size_t hole = home(ClientName(client.name()).hash);
  while (slots_[hole].get() != &client) hole = after(hole);
  slots_[hole].reset();
  tags_[hole] = kEmpty;
  --size_;
  // A search stops at an empty slot, so whoever may be searched for across the hole moves into it.
  for (std::size_t slot = after(hole); tags_[slot] != kEmpty; slot = after(slot)) {
    const std::size_t wanted = home(ClientName(slots_[slot]->name()).hash);
    const std::size_t mask = slots_.size() - 1;
    if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
    slots_[hole] = std::move(slots_[slot]);
    tags_[hole] = std::exchange(tags_[slot], kEmpty);
    hole = slot;
  }
}

void ClientMap::reserve(std::size_t clients) {
  std::size_t slots = slots_.empty() ? kSlotsMin : slots_.size();
  while (!fits(clients, slots)) slots *= 2;
  if (slots > slots_.size()) grow(slots);
}

void ClientMap::put(std::size_t hash, NamedClient::Owner client) {
  std::size_t slot = home(hash);
  while (tags_[slot] != kEmpty) slot = after(slot);
  tags_[slot] = tag_of(hash);
  slots_[slot] = std::move(client);
}

void ClientMap::grow(std::size_t slots) {
  // Both are there before anything moves: when memory is short the map stays as it is.
  std::vector<std::uint8_t> tags(slots, kEmpty);
  std::vector<NamedClient::Owner> former(slots);
  tags_.swap(tags);
  slots_.swap(former);
  for (NamedClient::Owner& client : former) {
    if (!client) continue;
    const std::size_t hash = ClientName(client->name()).hash;
    put(hash, std::move(client));
  }
}

}  // namespace seawall::state
