#include "state/checkout.h"

// NOLINTNEXTLINE(misc-include-cleaner): of std::ranges::upper_bound, which it does not know
#include <algorithm>
#include <cstddef>
#include <expected>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "format/checkpoint.h"
#include "state/body_loader.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::state {

Checkout::Checkout(ClientTable::Shard& shard, NamedClient& client,
                   std::unique_lock<std::mutex>& lock, Deltas deltas)
    : shard_(shard), client_(client) {
  wait_idle(shard, client, lock);
  // First what may throw: a client that stayed busy would hang everyone who wants it.
  copy_deltas_locked(deltas);
  Client& state = client.state;
  state.busy = true;
  exists_ = state.exists;
  last_ = state.last;
  incarnation_ = state.incarnation;
  // A body from before the last clear holds a former life.
  if (state.is_stored()) {
    body_ = state.trail.body();
    base_ = state.base();
  }
  live_ = std::move(state.live);
  lock.unlock();
}

void Checkout::copy_deltas_locked(Deltas deltas) {
  const Client& state = client_.state;
  if (!state.deltas) return;
  auto first = state.deltas->begin();
  if (deltas == Deltas::kUnmerged && state.live) {
    first = std::ranges::upper_bound(*state.deltas, state.live->merged, {}, &Delta::lsn);
  }
  // Above `last` are only those of a record that was folded by half.
  auto end = state.deltas->end();
  while (end != first && std::prev(end)->lsn > state.last) --end;
  deltas_.assign(first, end);
}

void Checkout::wait_idle(ClientTable::Shard& shard, NamedClient& client,
                         std::unique_lock<std::mutex>& lock) {
  Client& state = client.state;
  ++state.waiting;
  shard.idle.wait(lock, [&] { return !state.busy; });
  --state.waiting;
}

void Checkout::wait_merged(ClientTable::Shard& shard, NamedClient& client,
                           std::unique_lock<std::mutex>& lock) {
  Client& state = client.state;
  ++state.waiting;
  shard.idle.wait(lock, [&] { return !state.busy && !state.merging; });
  --state.waiting;
}

Checkout::~Checkout() {
  {
    const std::scoped_lock lock(shard_.mutex);
    put_back_locked();
  }
  shard_.idle.notify_all();
}

void Checkout::put_back_locked() {
  Client& state = client_.state;
  // While detached, rounds may have taken deltas that a state behind them would miss, or have
  // merged a state of their own.
  const bool is_newest = live_ && live_->merged >= state.trail.up_to() &&
                         (!state.live || state.live->merged <= live_->merged);
  if (state.exists && state.incarnation == incarnation_ && is_newest) {
    shard_.graveyard.bury(std::exchange(state.live, std::move(live_)));
  } else {
    shard_.graveyard.bury(std::move(live_));
  }
  if (detached_) {
    state.merging = false;
  } else {
    state.busy = false;
  }
}

Result<void> Checkout::detach(BodyLoader& loader) {
  if (!live_) {
    auto stored = load_stored(loader, name(), body_, base_);
    if (!stored) return std::unexpected(std::move(stored.error()));
    stored_ = std::move(*stored);
  }
  own_deltas();
  {
    const std::scoped_lock lock(shard_.mutex);
    client_.state.merging = true;
    client_.state.busy = false;
  }
  shard_.idle.notify_all();
  detached_ = true;
  return {};
}

void Checkout::own_deltas() {
  std::size_t bytes = 0;
  for (const Delta& delta : deltas_) bytes += delta.length;
  delta_bytes_.reserve(bytes);
  for (Delta& delta : deltas_) {
    const std::size_t begin = delta_bytes_.size();
    delta_bytes_.append(delta.bytes());
    delta.data = delta_bytes_.data() + begin;
  }
}

Result<void> Checkout::merge(const StateInterpreterInterface& interpreter, BodyLoader& loader) {
  return base::catching([&]() -> Result<void> {
    // Out of `live_` while the interpreter works on it: whatever ends that early drops the state.
    std::unique_ptr<Live> live = std::move(live_);
    if (!live) {
      auto loaded = load(interpreter, loader);
      if (!loaded) return std::unexpected(std::move(loaded.error()));
      live = std::move(*loaded);
    }
    if (auto merged = merge_deltas(*live); !merged) return merged;
    if (!live->serialized) {
      auto serialized = live->state->serialize();
      if (!serialized) return std::unexpected(std::move(serialized.error()));
      live->serialized = std::make_shared<const std::string>(std::move(*serialized));
      live->version = interpreter.version();
    }
    live_ = std::move(live);
    return {};
  });
}

// A record's deltas are merged all or none: an error in between drops the state with those before.
Result<void> Checkout::merge_deltas(Live& live) const {
  for (const Delta& delta : deltas_) {
    if (delta.lsn <= live.merged) continue;
    live.serialized.reset();
    if (auto merged = live.state->merge(delta.bytes(), delta.version); !merged) return merged;
  }
  live.merged = last_;
  return {};
}

Result<std::unique_ptr<Live>> Checkout::load(const StateInterpreterInterface& interpreter,
                                             BodyLoader& loader) {
  if (!stored_) {
    auto stored = load_stored(loader, name(), body_, base_);
    if (!stored) return std::unexpected(std::move(stored.error()));
    stored_ = std::move(*stored);
  }
  auto parsed = interpreter.parse(stored_->base, stored_->base_version);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  auto live = std::make_unique<Live>();
  live->state = std::move(*parsed);
  for (const format::DeltaView& delta : stored_->body.body.deltas) {
    if (auto merged = live->state->merge(delta.bytes, delta.version); !merged) {
      return std::unexpected(std::move(merged.error()));
    }
    live->merged = delta.lsn;
  }
  return live;
}

}  // namespace seawall::state
