#include "state/checkout.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "state/body_loader.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::state {

Checkout::Checkout(ClientTable::Shard& shard, NamedClient& client,
                   std::unique_lock<std::mutex>& lock)
    : shard_(shard), client_(client) {
  wait_idle(shard, client, lock);
  Client& state = client.state;
  state.busy = true;
  exists_ = state.exists;
  last_ = state.last;
  incarnation_ = state.incarnation;
  // A body from before the last clear holds a former life.
  const bool body_is_current = state.exists && state.up_to >= state.incarnation;
  if (body_is_current) {
    body_ = state.body;
    base_ = state.base();
  }
  if (state.deltas) deltas_ = *state.deltas;
  live_ = std::move(state.live);
  lock.unlock();
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
    Client& state = client_.state;
    // While detached, rounds may have taken deltas that a state behind them would miss, or have
    // merged a state of their own.
    const bool is_newest = live_ && live_->merged >= state.up_to &&
                           (!state.live || state.live->merged <= live_->merged);
    if (state.exists && state.incarnation == incarnation_ && is_newest) {
      state.live = std::move(live_);
    }
    if (detached_) {
      state.merging = false;
    } else {
      state.busy = false;
    }
  }
  shard_.idle.notify_all();
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
  if (!live_) {
    if (auto loaded = load(interpreter, loader); !loaded) return loaded;
  }
  if (auto merged = merge_deltas(); !merged) return merged;
  if (!live_->stale) return {};
  auto serialized = live_->state->serialize();
  if (!serialized) return std::unexpected(std::move(serialized.error()));
  live_->serialized = std::move(*serialized);
  live_->version = interpreter.version();
  live_->stale = false;
  return {};
}

Result<void> Checkout::merge_deltas() {
  Live& live = *live_;
  for (auto delta = deltas_.begin(); delta != deltas_.end();) {
    // A record may hold several deltas of one client, and fail at any of them.
    const Lsn lsn = delta->lsn;
    std::uint32_t index = 0;
    for (; delta != deltas_.end() && delta->lsn == lsn; ++delta, ++index) {
      if (lsn <= live.merged || index < live.partial) continue;
      live.stale = true;
      if (auto merged = live.state->merge(delta->bytes(), delta->version); !merged) return merged;
      ++live.partial;
    }
    if (lsn <= live.merged) continue;
    live.merged = lsn;
    live.partial = 0;
  }
  live.merged = last_;
  return {};
}

Result<void> Checkout::load(const StateInterpreterInterface& interpreter, BodyLoader& loader) {
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
    if (auto merged = live->state->merge(delta.bytes, delta.version); !merged) return merged;
    live->merged = delta.lsn;
  }
  live_ = std::move(live);
  return {};
}

}  // namespace seawall::state
