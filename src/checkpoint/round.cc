#include "checkpoint/round.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <limits>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "checkpoint/entry.h"
#include "checkpoint/index.h"
#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"

namespace seawall::checkpoint {
namespace {

EntryPlaces places_of(const state::Client& client) {
  return {client.entry_object, client.body, client.base()};
}

bool lies_in(const state::Client& client, std::uint32_t object) {
  return client.entry_object == object || client.body.object == object ||
         client.base().object == object;
}

// Nothing is left to know of the client, in memory or in any object.
bool is_forgotten(const state::Client& client) {
  return !client.exists && !client.ended && !client.quarantined && !client.proven &&
         client.clear_ids() == nullptr && client.copies == 0 && !client.dirty;
}

}  // namespace

Result<void> Round::run(Lsn durable) {
  if (auto collected = collect_victims(); !collected) return collected;
  collect_dirty();
  auto published = write_all();
  if (published) published = publish(durable);
  if (!published) {
    give_back();
    return published;
  }
  for (const NewObject& object : new_objects_) {
    context_.objects.add(object.number, object.bytes, object.footer);
  }
  for (const WrittenEntry& written : written_) install(written);
  drop_dead_objects();
  context_.tail.trim(durable);
  return {};
}

void Round::collect_dirty() {
  std::unordered_set<const state::NamedClient*> chosen;
  for (const Work& work : work_) chosen.insert(work.client);
  for (state::ClientTable::Shard& shard : context_.table.shards()) {
    const std::scoped_lock lock(shard.mutex);
    for (state::NamedClient* client : shard.dirty) {
      if (chosen.insert(client).second) work_.push_back({client, false});
    }
    shard.dirty.clear();
  }
}

Result<void> Round::collect_victims() {
  dead_ = context_.objects.victims();
  std::unordered_set<const state::NamedClient*> chosen;
  for (const std::uint32_t object : dead_) {
    std::vector<std::string>& names = dead_names_.emplace_back(object, 0).second;
    const auto visit = [&](const format::CheckpointEntry& entry) -> Result<void> {
      names.emplace_back(entry.client);
      state::ClientTable::Shard& shard = context_.table.shard_of(entry.client);
      const std::scoped_lock lock(shard.mutex);
      state::NamedClient* client = state::ClientTable::find_locked(shard, entry.client);
      if (client != nullptr && lies_in(client->state, object) && chosen.insert(client).second) {
        work_.push_back({client, true});
      }
      return {};
    };
    const auto read =
        read_index(context_.volume, object, context_.objects.objects().at(object).bytes, visit);
    if (!read) return std::unexpected(read.error());
  }
  return {};
}

Result<void> Round::write_all() {
  const LogId log_id = context_.volume.log_id();
  format::CheckpointBuilder builder(log_id, context_.objects.take_number());
  written_.reserve(work_.size());
  for (const Work& work : work_) {
    auto written = writer_.write(*work.client, work.relocate, builder);
    if (!written) return std::unexpected(std::move(written.error()));
    written_.push_back(*written);
    if (builder.bytes() > std::numeric_limits<std::uint32_t>::max()) {
      return std::unexpected(Error{.code = Errc::kInterpreter,
                                   .message = "a client's state is over 4 GiB: make it smaller"});
    }
    if (builder.bytes() < kObjectBytesTarget) continue;
    if (auto finished = finish(std::move(builder)); !finished) return finished;
    builder = format::CheckpointBuilder(log_id, context_.objects.take_number());
  }
  if (builder.entries() == 0) return {};
  return finish(std::move(builder));
}

Result<void> Round::finish(format::CheckpointBuilder builder) {
  NewObject object{builder.object(), 0, {}};
  const std::string bytes = builder.finish(object.footer);
  object.bytes = bytes.size();
  const std::string name = format::checkpoint_name(object.number);
  if (auto put = context_.volume.put(name, bytes); !put) return put;
  new_objects_.push_back(object);
  return {};
}

Result<void> Round::publish(Lsn durable) {
  format::Manifest manifest{context_.interpreter_id, context_.objects.next_number(),
                            context_.objects.manifest_objects(dead_), context_.quarantine};
  for (const NewObject& object : new_objects_) {
    manifest.objects.push_back({object.number, object.bytes, object.footer.checksum});
  }
  const std::string bytes = format::encode_manifest(manifest);
  return context_.volume.publish({.bytes = bytes, .log_start = Lsn{durable.value + 1}});
}

void Round::install(const WrittenEntry& written) {
  state::ClientTable::Shard& shard = context_.table.shard_of(written.client->name());
  std::unique_lock lock(shard.mutex);
  state::Checkout::wait_idle(shard, *written.client, lock);
  state::Client& client = written.client->state;
  if (written.places.object != 0) ++client.copies;
  if (client.incarnation != written.incarnation) {
    // Cleared since: the entry is void already, and the client is dirty again.
    return;
  }
  context_.objects.replace(places_of(client), written.places);
  client.entry_object = written.places.object;
  client.body = written.places.body;
  client.set_base(written.places.base);
  client.voided = written.voids;
  client.up_to = written.up_to;
  // A live state that lacks deltas now in the checkpoint could not find them any more.
  if (client.live && client.live->merged < written.up_to) {
    shard.graveyard.bury(std::move(client.live));
  }
  if (client.deltas) {
    std::erase_if(*client.deltas,
                  [&](const state::Delta& delta) { return delta.lsn <= written.up_to; });
    if (client.deltas->empty()) client.deltas.reset();
  }
  if (is_forgotten(client)) forgotten_.push_back(written.client);
}

// Only here, when every client has moved: until then `retrieve` reads what its client names.
void Round::drop_dead_objects() {
  for (const auto& [object, names] : dead_names_) {
    for (const std::string& name : names) {
      state::ClientTable::Shard& shard = context_.table.shard_of(name);
      const std::scoped_lock lock(shard.mutex);
      state::NamedClient* named = state::ClientTable::find_locked(shard, name);
      if (named == nullptr) continue;
      state::Client& client = named->state;
      --client.copies;
      if (client.voided && client.copies == 1 && client.entry_object != 0) {
        // Only the void entry itself is left, so it is of no use any more.
        context_.objects.replace(places_of(client), {});
        client.entry_object = 0;
      }
      if (is_forgotten(client)) forgotten_.push_back(named);
    }
    context_.objects.remove(object);
    context_.orphans.push_back(format::checkpoint_name(object));
  }
  context_.volume.remove(std::exchange(context_.orphans, {}));
  std::ranges::sort(forgotten_);
  const auto repeated = std::ranges::unique(forgotten_);
  forgotten_.erase(repeated.begin(), repeated.end());
}

void Round::give_back() {
  for (const Work& work : work_) {
    state::ClientTable::Shard& shard = context_.table.shard_of(work.client->name());
    const std::scoped_lock lock(shard.mutex);
    // `write` took some off the list; the others still have the mark and only need listing.
    work.client->state.dirty = false;
    state::ClientTable::mark_dirty_locked(shard, *work.client);
  }
  for (const NewObject& object : new_objects_) {
    context_.orphans.push_back(format::checkpoint_name(object.number));
  }
}

}  // namespace seawall::checkpoint
