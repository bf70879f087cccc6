#include "state/live_states.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "base/exceptions.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::state {
namespace {

// The clock's mutex is held for so many clients, so that who waits for it does not wait for all.
constexpr std::size_t kTurnAtOnce = 256;

}  // namespace

Error half_folded_error() {
  return Error{.code = Errc::kPoisoned,
               .message =
                   "memory ran short while the client's last record was taken in; close the "
                   "log and open it again"};
}

Result<std::optional<std::string>> LiveStates::retrieve(
    const StateInterpreterInterface& interpreter, std::string_view client) {
  const ClientTable::Name name(client);
  ClientTable::Shard& shard = table_.shard_of(name);
  std::unique_lock lock(shard.mutex);
  NamedClient* named = ClientTable::find_locked(shard, name);
  if (named == nullptr) return std::nullopt;
  if (named->state.exists) Checkout::wait_merged(shard, *named, lock);
  // Not before the wait, in which a record may be folded by half.
  if (table_.is_half_folded_locked(*named)) return std::unexpected(half_folded_error());
  if (!named->state.exists) return std::nullopt;
  if (Live* live = named->state.live.get();
      live != nullptr && live->serialized && live->merged == named->state.last) {
    live->touched = true;
    const std::shared_ptr<const std::string> state = live->serialized;
    lock.unlock();
    return *state;  // copied without the mutex: a state may be large
  }
  std::shared_ptr<const std::string> state;
  {
    Checkout checkout(shard, *named, lock, Checkout::Deltas::kUnmerged);
    if (!checkout.exists()) return std::nullopt;
    if (auto detached = checkout.detach(loader_); !detached) {
      return std::unexpected(std::move(detached.error()));
    }
    if (auto merged = merge(interpreter, checkout); !merged) {
      return std::unexpected(std::move(merged.error()));
    }
    state = checkout.live()->serialized;
  }
  admit(client);
  table_.destroy_states();
  return *state;
}

Result<void> LiveStates::merge(const StateInterpreterInterface& interpreter, Checkout& checkout) {
  if (auto merged = checkout.merge(interpreter, loader_); !merged) return merged;
  Live& live = *checkout.live();
  const auto bytes =
      base::catching([&]() -> Result<std::size_t> { return live.state->memory_bytes(); });
  if (!bytes) {
    checkout.live().reset();
    return std::unexpected(bytes.error());
  }
  live.touched = true;
  live.charge.set(bytes_, sizeof(Live) + *bytes + live.serialized->size());
  return {};
}

void LiveStates::admit(std::string_view client) {
  {
    const std::scoped_lock clock_lock(clock_mutex_);
    ClientTable::Shard& shard = table_.shard_of(client);
    const std::scoped_lock lock(shard.mutex);
    NamedClient* named = ClientTable::find_locked(shard, client);
    if (named != nullptr && named->state.live && !named->state.in_clock) {
      clock_.push_back(named);  // first: a client that has the mark and no place is never evicted
      named->state.in_clock = true;
    }
  }
  if (bytes() > bytes_max_) evict();
}

void LiveStates::evict() {
  // Two turns: the first takes the second chances away. The last state always stays.
  std::size_t left = 2 * count();
  while (left > 0 && bytes() > bytes_max_) {
    const std::scoped_lock clock_lock(clock_mutex_);
    if (clock_.size() <= 1) return;
    const std::size_t some = std::min(left, kTurnAtOnce);
    left -= some;
    turn_locked(some, [&](ClientTable::Shard& shard, Client& state) {
      if (bytes() <= bytes_max_ || clock_.size() <= 1) return false;
      if (state.live && std::exchange(state.live->touched, false)) return false;
      shard.graveyard.bury(std::move(state.live));
      return true;
    });
  }
}

void LiveStates::sweep() {
  for (std::size_t left = count(); left > 0;) {
    const std::scoped_lock clock_lock(clock_mutex_);
    const std::size_t some = std::min(left, kTurnAtOnce);
    left -= some;
    turn_locked(some, [](ClientTable::Shard&, const Client& state) { return !state.live; });
  }
}

// A client that is busy has its state taken out, and comes back with it.
template <class Drop>
void LiveStates::turn_locked(std::size_t clients, Drop drop) {
  for (; clients > 0 && !clock_.empty(); --clients) {
    NamedClient* client = clock_.front();
    ClientTable::Shard& shard = table_.shard_of(client->name());
    const std::scoped_lock lock(shard.mutex);
    if (!client->state.busy && drop(shard, client->state)) {
      client->state.in_clock = false;
    } else {
      clock_.push_back(client);
    }
    clock_.pop_front();
  }
}

std::uint64_t LiveStates::count() {
  const std::scoped_lock clock_lock(clock_mutex_);
  return clock_.size();
}

}  // namespace seawall::state
