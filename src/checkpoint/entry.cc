#include "checkpoint/entry.h"

#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "base/exceptions.h"
#include "checkpoint/dead_objects.h"
#include "format/checkpoint.h"
#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/entry_rule.h"
#include "state/ids_loan.h"
#include "state/named_client.h"

namespace seawall::checkpoint {
namespace {

void append_deltas(std::vector<format::DeltaView>& out, const std::vector<state::Delta>& deltas) {
  for (const state::Delta& delta : deltas) {
    out.push_back({delta.lsn, delta.version, delta.bytes()});
  }
}

}  // namespace

Result<WrittenEntry> EntryWriter::write(state::NamedClient& client, const DeadObjects* dead,
                                        format::CheckpointBuilder& builder) {
  state::ClientTable::Shard& shard = table_.shard_of(client.name());
  std::optional<state::IdsLoan> ids_loan;  // ends without the mutex, so it is there before the lock
  std::unique_lock lock(shard.mutex);
  state::Checkout::wait_idle(shard, client, lock);
  View view = view_locked(client.state, dead);
  WrittenEntry written{.client = &client, .kind = view.next, .up_to = view.last, .places = {}};
  if (view.next == state::NextEntry::kNothing) return written;

  format::CheckpointEntry entry;
  entry.client = client.name();
  entry.tombstone = !view.exists && !view.ended;
  entry.ended = view.ended;
  entry.quarantined = view.quarantined;
  entry.up_to = view.last;
  entry.last = view.last;
  entry.incarnation = view.incarnation;
  entry.clear_ids = view.clear_ids;
  // The client's ids as they are now. A large set is encoded once the mutex is released; what a
  // former loan could not give back is part of it.
  if (client.state.has_lent() || client.state.ids.is_large()) {
    ids_loan.emplace(shard, client);
  } else {
    client.state.ids.forget_before(config_.oldest_id_us);
    client.state.ids.encode(view.ids);
  }
  const auto finish_ids = [&] {
    if (ids_loan) view.ids = ids_loan->encode(config_.oldest_id_us);
    ids_loan.reset();
    entry.ids = view.ids;
  };
  written.places.object = builder.object();
  if (!view.exists) {
    lock.unlock();
    finish_ids();
    builder.add(entry, nullptr);
    return written;
  }
  {
    state::Checkout checkout(shard, client, lock);
    finish_ids();
    if (auto state = write_state(checkout, dead, builder, entry); !state) {
      // A quarantined client's checkpointed state may itself be damaged. That is expected: write a
      // tombstone instead of failing the checkpoint.
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
  if (entry.base.object != 0) {
    lock.lock();
    static_cast<void>(client.state.own_rare());
  }
  return written;
}

EntryWriter::View EntryWriter::view_locked(state::Client& client, const DeadObjects* dead) const {
  state::EntryEvidence evidence =
      client.entry_evidence(dead != nullptr && dead->contains(client.trail.object()));
  // Nothing speaks of the client any more when all older objects go.
  if (dead == nullptr) evidence.newest = state::NewestEntry::kNone;
  View view{.exists = client.exists,
            .ended = client.ended,
            .quarantined = client.quarantined,
            .next = state::next_entry(evidence),
            .last = client.last,
            .incarnation = client.incarnation,
            .ids = {},
            .clear_ids = {}};
  if (view.next == state::NextEntry::kNothing) return view;
  if (client.clear_ids() != nullptr) client.clear_ids()->encode(view.clear_ids);
  return view;
}

Result<void> EntryWriter::write_state(state::Checkout& checkout, const DeadObjects* dead,
                                      format::CheckpointBuilder& builder,
                                      format::CheckpointEntry& entry) {
  if (extends(checkout, dead)) return extend(checkout, builder, entry);
  const bool is_current =
      checkout.live() && checkout.live()->serialized && checkout.live()->merged == checkout.last();
  const bool only_moves = checkout.deltas().empty() && checkout.base().object == 0;
  if (!is_current && (config_.interpreter == nullptr || only_moves)) {
    return carry_over(checkout, builder, entry);
  }
  if (!is_current) {
    if (auto merged = merge(checkout); !merged) {
      if (merged.error().code == Errc::kExhausted) return merged;
      // The delta stays pending: its error is the retriever's to see.
      return carry_over(checkout, builder, entry);
    }
  }
  format::CheckpointBody body;
  body.base_version = checkout.live()->version;
  body.base = *checkout.live()->serialized;
  entry.body = builder.add(entry, &body);
  return {};
}

Result<void> EntryWriter::merge(state::Checkout& checkout) {
  return base::catching([&] { return states_.merge(*config_.interpreter, checkout); },
                        "the interpreter");
}

bool EntryWriter::extends(const state::Checkout& checkout, const DeadObjects* dead) const {
  if (checkout.body().object == 0 || dead == nullptr) return false;
  const bool elsewhere = checkout.base().object != 0;
  const format::BodyPlace& base = elsewhere ? checkout.base() : checkout.body();
  if (dead->contains(base.object)) return false;
  std::uint64_t delta_bytes = elsewhere ? checkout.body().length : 0;
  for (const state::Delta& delta : checkout.deltas()) delta_bytes += delta.length;
  return static_cast<double>(delta_bytes) < config_.state_share * static_cast<double>(base.length);
}

Result<void> EntryWriter::extend(state::Checkout& checkout, format::CheckpointBuilder& builder,
                                 format::CheckpointEntry& entry) {
  const bool elsewhere = checkout.base().object != 0;
  // A live state that stays behind its checkpoint would be dropped; an error is the retriever's.
  if (config_.interpreter != nullptr && checkout.live()) {
    static_cast<void>(merge(checkout).has_value());
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
