#include "state/client_map.h"

#include <cstddef>
#include <utility>

#include "state/client_slots.h"
#include "state/named_client.h"

namespace seawall::state {
namespace {

constexpr std::size_t kSlotsMin = 16;

// With each client that is added. The next growth is due after as many as there were before, so all
// have moved long before it.
constexpr std::size_t kMovedAtOnce = 16;

}  // namespace

NamedClient& ClientMap::find_or_create(const ClientName& name) {
  if (NamedClient* found = find(name)) return *found;
  NamedClient::Owner client = NamedClient::make(name.text);
  if (!ClientSlots::fit(size_ + 1, current_.slots())) {
    grow(current_.slots() == 0 ? kSlotsMin : 2 * current_.slots());
  }
  NamedClient& created = *client;
  current_.put(std::move(client));
  ++size_;
  if (moving()) move_some(kMovedAtOnce);
  return created;
}

void ClientMap::erase(const NamedClient& client) noexcept {
  if (!current_.erase(client)) former_.erase(client);
  --size_;
}

void ClientMap::reserve(std::size_t clients) {
  std::size_t slots = current_.slots() == 0 ? kSlotsMin : current_.slots();
  while (!ClientSlots::fit(clients, slots)) slots *= 2;
  if (slots <= current_.slots()) return;
  grow(slots);
  move_some(former_.slots());
}

void ClientMap::grow(std::size_t slots) {
  ClientSlots larger(slots);
  move_some(move_left_);
  former_ = std::exchange(current_, std::move(larger));
  if (former_.slots() == 0) return;
  move_left_ = former_.slots();
  move_next_ = former_.before(former_.empty_slot());
}

// Downwards from an empty slot: a client whose next slot is empty is on no other client's way.
void ClientMap::move_some(std::size_t slots) noexcept {
  for (; slots > 0 && move_left_ > 0; --slots, --move_left_) {
    if (NamedClient::Owner client = former_.take(move_next_)) current_.put(std::move(client));
    move_next_ = former_.before(move_next_);
  }
  if (move_left_ == 0) former_ = ClientSlots();
}

}  // namespace seawall::state
