#include "checkpoint/entry.h"

#include <cstdint>
#include <expected>
#include <mutex>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "format/checkpoint.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::checkpoint {
namespace {

void append_deltas(std::vector<format::DeltaView>& out, const std::vector<state::Delta>& deltas) {
  for (const state::Delta& delta : deltas) {
    out.push_back({delta.lsn, delta.version, delta.bytes()});
  }
}

}  // namespace

Result<WrittenEntry> EntryWriter::write(state::NamedClient& client, bool relocate,
                                        format::CheckpointBuilder& builder) {
  state::ClientTable::Shard& shard = table_.shard_of(client.name());
  std::unique_lock lock(shard.mutex);
  state::Checkout::wait_idle(shard, client, lock);
  const View view = view_locked(client);
  WrittenEntry written{&client, view.incarnation, view.last, {}, false};
  if (!view.needed) return written;

  format::CheckpointEntry entry;
  entry.client = client.name();
  entry.tombstone = !view.exists && !view.ended;
  entry.ended = view.ended;
  entry.quarantined = view.quarantined;
  entry.up_to = view.last;
  entry.last = view.last;
  entry.incarnation = view.incarnation;
  entry.ids = view.ids;
  entry.clear_ids = view.clear_ids;
  written.places.object = builder.object();
  const bool is_kept = view.quarantined || view.proven;
  written.voids = entry.tombstone && view.clear_ids.empty() && !is_kept;
  if (!view.exists) {
    lock.unlock();
    builder.add(entry, nullptr);
    return written;
  }
  {
    state::Checkout checkout(shard, client, lock);
    if (auto state = write_state(checkout, relocate, builder, entry); !state) {
      // What a quarantined client stands on may be what is damaged.
      if (!view.quarantined || state.error().code != Errc::kCorrupt) {
        return std::unexpected(std::move(state.error()));
      }
      entry.tombstone = true;
      entry.base = {};
      builder.add(entry, nullptr);
    }
  }
  states_.admit(client.name());
  written.places.body = entry.body;
  written.places.base = entry.base;
  return written;
}

EntryWriter::View EntryWriter::view_locked(state::NamedClient& client) const {
  state::Client& state = client.state;
  state.dirty = false;
  View view{.exists = state.exists,
            .ended = state.ended,
            .quarantined = state.quarantined,
            .proven = state.proven,
            .last = state.last,
            .incarnation = state.incarnation,
            .ids = {},
            .clear_ids = {}};
  const bool remembers = state.exists || state.ended || state.clear_ids() != nullptr ||
                         state.quarantined || state.proven;
  // Entries that speak of a life must be voided, unless the newest does so already.
  view.needed = remembers || state.copies > (state.voided ? 1U : 0U);
  if (!view.needed) return view;
  state.ids.forget_before(config_.oldest_id_us);
  state.ids.encode(view.ids);
  if (state.clear_ids() != nullptr) state.clear_ids()->encode(view.clear_ids);
  return view;
}

Result<void> EntryWriter::write_state(state::Checkout& checkout, bool relocate,
                                      format::CheckpointBuilder& builder,
                                      format::CheckpointEntry& entry) {
  if (!relocate && extends(checkout)) return extend(checkout, builder, entry);
  const bool is_current =
      checkout.live() && checkout.live()->serialized && checkout.live()->merged == checkout.last();
  const bool only_moves = checkout.deltas().empty() && checkout.base().object == 0;
  if (!is_current && (config_.interpreter == nullptr || only_moves)) {
    return carry_over(checkout, builder, entry);
  }
  if (!is_current && !states_.merge(*config_.interpreter, checkout)) {
    // The delta stays pending: its error is the retriever's to see.
    return carry_over(checkout, builder, entry);
  }
  format::CheckpointBody body;
  body.base_version = checkout.live()->version;
  body.base = *checkout.live()->serialized;
  entry.body = builder.add(entry, &body);
  return {};
}

bool EntryWriter::extends(const state::Checkout& checkout) const {
  if (checkout.body().object == 0) return false;
  const bool elsewhere = checkout.base().object != 0;
  const std::uint32_t base_bytes = elsewhere ? checkout.base().length : checkout.body().length;
  std::uint64_t delta_bytes = elsewhere ? checkout.body().length : 0;
  for (const state::Delta& delta : checkout.deltas()) delta_bytes += delta.length;
  return static_cast<double>(delta_bytes) < config_.state_share * static_cast<double>(base_bytes);
}

Result<void> EntryWriter::extend(state::Checkout& checkout, format::CheckpointBuilder& builder,
                                 format::CheckpointEntry& entry) {
  const bool elsewhere = checkout.base().object != 0;
  // A live state that stays behind its checkpoint would be dropped; an error is the retriever's.
  if (config_.interpreter != nullptr && checkout.live()) {
    static_cast<void>(states_.merge(*config_.interpreter, checkout).has_value());
  }
  auto former = states_.loader().load(checkout.name(), checkout.body());
  if (!former) return std::unexpected(std::move(former.error()));
  if (!elsewhere && former->body.base_version == 0) return carry_over(checkout, builder, entry);
  format::CheckpointBody body;
  body.deltas = std::move(former->body.deltas);
  append_deltas(body.deltas, checkout.deltas());
  entry.base = elsewhere ? checkout.base() : checkout.body();
  entry.body = builder.add(entry, &body);
  return {};
}

Result<void> EntryWriter::carry_over(state::Checkout& checkout, format::CheckpointBuilder& builder,
                                     format::CheckpointEntry& entry) {
  auto stored =
      state::load_stored(states_.loader(), checkout.name(), checkout.body(), checkout.base());
  if (!stored) return std::unexpected(std::move(stored.error()));
  format::CheckpointBody body;
  body.base_version = stored->base_version;
  body.base = stored->base;
  body.deltas = std::move(stored->body.body.deltas);
  append_deltas(body.deltas, checkout.deltas());
  entry.base = {};
  entry.body = builder.add(entry, &body);
  return {};
}

}  // namespace seawall::checkpoint
