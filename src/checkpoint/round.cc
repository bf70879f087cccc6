#include "checkpoint/round.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/exceptions.h"
#include "checkpoint/dead_objects.h"
#include "checkpoint/entry.h"
#include "checkpoint/object_table.h"
#include "checkpoint/object_writer.h"
#include "checkpoint/taken_clients.h"
#include "checkpoint/victims.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/entry_rule.h"
#include "state/entry_trail.h"
#include "state/named_client.h"

namespace seawall::checkpoint {
namespace {

bool lies_in(const state::EntryPlaces& places, std::uint64_t object) {
  return places.object == object || places.body.object == object || places.base.object == object;
}

bool lies_in_any(const state::EntryPlaces& places, const DeadObjects& dead) {
  return dead.contains(places.object) || dead.contains(places.base.object);
}

}  // namespace

Result<void> Round::run(Lsn durable) {
  TakenClients taken(context_.table, context_.backlog);
  ObjectWriter objects(context_.volume, context_.objects);
  choose_dead();
  taken.take_all();
  if (!context_.limits.takes_lives()) {
    taken.take_only([&](const state::Client& client) {
      return !client.exists || lies_in_any(client.places(), dead_);
    });
  }
  if (auto written = write_all(taken, objects); !written) return written;
  for (const DeadObjects::Object& object : dead_.objects()) {
    dead_names_.push_back(format::checkpoint_name(object.number));
  }
  forgotten_.reserve(written_.size() + dead_.entries());
  const std::string manifest = manifest_bytes();
  // Only now that nothing is left to fail but the publishing itself: objects that are kept and
  // never adopted would be counted for clients whose entries they are not.
  objects.leave();
  // Without some of the clients that changed the log is still needed.
  const Lsn covered = context_.limits.takes_lives() ? durable : before_log_start();
  auto published = publish(manifest, covered);
  objects.settle(published);
  if (!published) return published;
  taken.cover();
  move_on(covered);
  return {};
}

Lsn Round::before_log_start() const {
  return Lsn{context_.volume.manifest().log_start.value - 1};
}

void Round::choose_dead() {
  for (const std::uint64_t number : choose_victims(context_.objects.sizes(), context_.limits)) {
    const std::uint64_t bytes = context_.objects.objects().at(number).bytes;
    if (auto added = dead_.add(context_.volume, number, bytes); !added) {
      // Damage of this object is no reason not to checkpoint the others.
      if (!is_undone(added.error().code)) context_.objects.mark_unreadable(number);
      continue;
    }
    take_clients_of(dead_.objects().back());
  }
}

// Those that have something in the object; of the others it holds only what is out of date.
void Round::take_clients_of(const DeadObjects::Object& object) {
  format::IndexWalk walk(object.index, object.footer);
  format::CheckpointEntry entry;
  while (walk.next(entry)) {
    state::ClientTable::Shard& shard = context_.table.shard_of(entry.client);
    const std::scoped_lock lock(shard.mutex);
    state::NamedClient* client = state::ClientTable::find_locked(shard, entry.client);
    if (client != nullptr && lies_in(client->state.places(), object.number)) {
      state::ClientTable::mark_dirty_locked(shard, *client);
    }
  }
}

Result<void> Round::write_all(TakenClients& taken, ObjectWriter& objects) {
  written_.reserve(taken.size());
  while (state::NamedClient* client = taken.next()) {
    auto written = writer_.write(*client, &dead_, objects.builder());
    if (!written) return std::unexpected(std::move(written.error()));
    written_.push_back(*written);
    if (auto ended = objects.end_entry(); !ended) return ended;
  }
  return objects.finish();
}

std::string Round::manifest_bytes() const {
  return format::encode_manifest({context_.interpreter_id, context_.objects.next_number(),
                                  context_.objects.manifest_objects(dead_.numbers()),
                                  context_.quarantine});
}

Result<void> Round::publish(std::string_view manifest, Lsn durable) {
  // The half of a record must not be made durable; the log is poisoned, or about to be.
  if (context_.table.is_torn()) {
    return std::unexpected(
        base::make_error(Errc::kPoisoned, "a record was taken in by half", {}, "half a record"));
  }
  // Should the storage throw, nobody knows which manifest is there.
  context_.outcome_unknown = true;
  auto published =
      context_.volume.publish({.bytes = manifest, .log_start = Lsn{durable.value + 1}});
  context_.outcome_unknown = false;
  return published;
}

void Round::move_on(Lsn durable) noexcept {
  for (const WrittenEntry& written : written_) adopt(written);
  // Only now that every client has moved: until then `retrieve` reads what its client names.
  for (const DeadObjects::Object& object : dead_.objects()) leave(object);
  std::ranges::sort(forgotten_);
  const auto repeated = std::ranges::unique(forgotten_);
  forgotten_.erase(repeated.begin(), repeated.end());
  remove_dead();
  context_.tail.trim(durable);
}

void Round::remove_dead() {
  if (dead_names_.empty()) return;
  try {
    context_.volume.remove(dead_names_);
  } catch (const std::exception&) {
    // Short of memory, say. What stays is found and removed when the log is next opened.
    return;
  }
}

void Round::adopt(const WrittenEntry& written) {
  std::unique_ptr<std::vector<state::Delta>> left_deltas;  // destroyed without the shard's mutex
  state::ClientTable::Shard& shard = context_.table.shard_of(written.client->name());
  std::unique_lock lock(shard.mutex);
  state::Checkout::wait_idle(shard, *written.client, lock);
  state::Client& client = written.client->state;
  if (written.kind != state::NextEntry::kNothing) {
    const state::EntryPlaces before = client.places();
    client.adopt_entry(written.places, written.up_to, written.kind == state::NextEntry::kTombstone);
    context_.objects.replace(before, written.places);
    // A live state that lacks deltas now in the checkpoint could not find them any more.
    if (client.live && client.live->merged < written.up_to)
      shard.graveyard.bury(std::move(client.live));
    if (client.deltas) {
      std::erase_if(*client.deltas,
                    [&](const state::Delta& delta) { return delta.lsn <= written.up_to; });
      if (client.deltas->empty()) left_deltas = std::move(client.deltas);
    }
  }
  note_forgotten(*written.client);
}

void Round::leave(const DeadObjects::Object& object) {
  format::IndexWalk walk(object.index, object.footer);
  format::CheckpointEntry entry;
  while (walk.next(entry)) {
    state::ClientTable::Shard& shard = context_.table.shard_of(entry.client);
    const std::scoped_lock lock(shard.mutex);
    state::NamedClient* named = state::ClientTable::find_locked(shard, entry.client);
    if (named == nullptr) continue;
    state::Client& client = named->state;
    client.trail.lose_one();
    if (client.trail.is_spent()) {
      context_.objects.replace(client.places(), {});
      client.trail.retire();
    }
    note_forgotten(*named);
  }
  context_.objects.remove(object.number);
}

void Round::note_forgotten(state::NamedClient& client) {
  if (state::may_forget(client.state.entry_evidence(false), client.state.dirty)) {
    forgotten_.push_back(&client);
  }
}

}  // namespace seawall::checkpoint
