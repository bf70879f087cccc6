#include "state/client_slots.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "state/named_client.h"

namespace seawall::state {

ClientSlots::ClientSlots(std::size_t slots)
    : tags_(slots, kEmpty),
      slots_(slots),
      shift_(static_cast<unsigned>(std::numeric_limits<std::size_t>::digits -
                                   std::countr_zero(slots))) {}

// A search for an unknown name then looks at 13 tags on average, of one or two cache lines.
bool ClientSlots::fit(std::size_t clients, std::size_t slots) {
  return clients * 5 <= slots * 4;  // NOLINT(readability-magic-numbers): four fifths
}

NamedClient* ClientSlots::find(const ClientName& name) const {
  if (slots_.empty()) return nullptr;
  const std::uint8_t tag = tag_of(name.hash);
  for (std::size_t slot = home(name.hash); tags_[slot] != kEmpty; slot = after(slot)) {
    if (tags_[slot] == tag && slots_[slot]->name() == name.text) return slots_[slot].get();
  }
  return nullptr;
}

ClientSlots::Probes ClientSlots::probes(const ClientName& name) const {
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

void ClientSlots::put(NamedClient::Owner client) noexcept {
  const std::size_t hash = ClientName(client->name()).hash;
  std::size_t slot = home(hash);
  while (tags_[slot] != kEmpty) slot = after(slot);
  tags_[slot] = tag_of(hash);
  slots_[slot] = std::move(client);
}

bool ClientSlots::erase(const NamedClient& client) noexcept {
  if (slots_.empty()) return false;
  std::size_t hole = home(ClientName(client.name()).hash);
  while (slots_[hole].get() != &client) {
    if (tags_[hole] == kEmpty) return false;
    hole = after(hole);
  }
  slots_[hole].reset();
  tags_[hole] = kEmpty;
  // A search stops at an empty slot, so a client whose search passes the hole moves into it.
  for (std::size_t slot = after(hole); tags_[slot] != kEmpty; slot = after(slot)) {
    const std::size_t wanted = home(ClientName(slots_[slot]->name()).hash);
    const std::size_t mask = slots_.size() - 1;
    if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
    slots_[hole] = std::move(slots_[slot]);
    tags_[hole] = std::exchange(tags_[slot], kEmpty);
    hole = slot;
  }
  return true;
}

std::size_t ClientSlots::empty_slot() const {
  std::size_t slot = 0;
  while (tags_[slot] != kEmpty) ++slot;
  return slot;
}

NamedClient::Owner ClientSlots::take(std::size_t slot) noexcept {
  tags_[slot] = kEmpty;
  return std::move(slots_[slot]);
}

}  // namespace seawall::state
