#include "recover/load.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "checkpoint/index.h"
#include "checkpoint/object_table.h"
#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"
#include "format/record.h"
#include "recover/loader.h"
#include "recover/scan_ahead.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/entry_trail.h"

namespace seawall::recover {
namespace {

std::optional<state::DedupSets> decode_ids(std::string_view bytes) {
  base::Reader reader(bytes);
  auto ids = state::DedupSets::decode(reader);
  if (ids && !reader.done()) return std::nullopt;
  return ids;
}

}  // namespace

Result<void> Loader::load_manifest(std::string_view interpreter_id) {
  const PublishedManifest published = volume_.manifest();
  log_start_ = published.log_start;
  recovered_.is_new = published.bytes.empty();
  if (recovered_.is_new) return {};
  auto manifest = read_manifest(volume_);
  if (!manifest) return std::unexpected(std::move(manifest.error()));
  recovered_.manifest = std::move(*manifest);
  if (!interpreter_id.empty() && recovered_.manifest.interpreter_id != interpreter_id) {
    return std::unexpected(Error{.code = Errc::kInvalidArgument,
                                 .message = "the log was made with interpreter '" +
                                            recovered_.manifest.interpreter_id + "', not '" +
                                            std::string(interpreter_id) +
                                            "': open it with the one it was made with"});
  }
  target_.objects.set_next_number(recovered_.manifest.next_object);
  if (const auto& quarantine = recovered_.manifest.quarantine) {
    target_.table.quarantine_unknown(quarantine->unknown_clients);
  }
  return {};
}

Result<void> Loader::check_footer(const format::ManifestObject& object,
                                  const format::CheckpointFooter& footer) const {
  if (footer.checksum == object.footer_checksum && footer.object == object.number) return {};
  return std::unexpected(checkpoint::object_error(
      volume_, format::GroupFault::kDamaged, object.number,
      object.bytes - format::kCheckpointFooterBytes, "not the object the manifest names"));
}

Result<void> Loader::check_object(const format::ManifestObject& object) {
  const auto look = [&](const format::CheckpointEntry& entry) -> Result<void> {
    const bool sound =
        decode_ids(entry.ids) && (entry.clear_ids.empty() || decode_ids(entry.clear_ids));
    if (sound) return {};
    return std::unexpected(checkpoint::object_error(volume_, format::GroupFault::kDamaged,
                                                    object.number, 0, "ids of a client"));
  };
  const auto footer = checkpoint::read_index(volume_, object.number, object.bytes, look);
  if (!footer) return std::unexpected(footer.error());
  return check_footer(object, *footer);
}

Result<void> Loader::load_objects() {
  const std::vector<format::ManifestObject>& objects = recovered_.manifest.objects;
  std::vector<format::CheckpointFooter> footers;
  std::uint64_t entries = 0;
  for (const format::ManifestObject& object : objects) {
    auto footer = checkpoint::read_footer(volume_, object.number, object.bytes);
    if (!footer) return std::unexpected(std::move(footer.error()));
    if (auto checked = check_footer(object, *footer); !checked) return checked;
    entries += footers.emplace_back(*footer).entries;
    // All of them before the first entry, which may count for another object that has its base.
    target_.objects.add(object.number, object.bytes, *footer);
  }
  // Objects are rewritten once less than half of them counts, so there are about this many clients
  // or up to twice as many.
  // No more than these at once: the count is only what a footer claims.
  constexpr std::uint64_t kReservedMax = std::uint64_t{1} << 20;
  target_.table.reserve(std::min(entries / 2, kReservedMax));
  // The newest first: of a client's older entries only their number counts.
  for (std::size_t i = objects.size(); i-- > 0;) {
    if (auto loaded = load_object(objects[i], footers[i]); !loaded) return loaded;
  }
  return {};
}

Result<void> Loader::load_object(const format::ManifestObject& object) {
  const auto footer = checkpoint::read_footer(volume_, object.number, object.bytes);
  if (!footer) return std::unexpected(footer.error());
  if (auto checked = check_footer(object, *footer); !checked) return checked;
  target_.objects.add(object.number, object.bytes, *footer);
  return load_object(object, *footer);
}

// Entries are taken some at a time, so that the processor fetches what it needs of the table for
// all of them at once.
Result<void> Loader::load_object(const format::ManifestObject& object,
                                 const format::CheckpointFooter& footer) {
  const auto index =
      volume_.get(format::checkpoint_name(object.number), footer.index_offset, footer.index_bytes);
  if (!index) return std::unexpected(index.error());
  format::IndexWalk walk(*index, footer);
  format::CheckpointEntry entry;
  std::vector<format::CheckpointEntry> entries;
  do {
    entries.clear();
    names_.clear();
    while (entries.size() < kAhead && walk.next(entry)) {
      entries.push_back(entry);
      names_.emplace_back(entry.client);
    }
    target_.table.prefetch(names_);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (auto loaded = load_entry(names_[i], entries[i], object.number); !loaded) return loaded;
    }
  } while (!entries.empty());
  if (!walk.ok()) return std::unexpected(checkpoint::index_error(volume_, footer));
  return {};
}

Result<void> Loader::load_entry(const state::ClientTable::Name& name,
                                const format::CheckpointEntry& entry, std::uint64_t object) {
  state::ClientTable::Shard& shard = target_.table.shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  state::Client& client = state::ClientTable::find_or_create_locked(shard, name).state;
  if (client.trail.object() > object) {
    client.trail.count_older();
    return {};
  }
  auto ids = decode_ids(entry.ids);
  std::optional<state::DedupSets> clear_ids;
  if (!entry.clear_ids.empty()) clear_ids = decode_ids(entry.clear_ids);
  if (!ids || (!entry.clear_ids.empty() && !clear_ids)) {
    return std::unexpected(checkpoint::object_error(volume_, format::GroupFault::kDamaged, object,
                                                    0, "ids of a client"));
  }
  const state::EntryPlaces before = client.places();
  client.ids = std::move(*ids);
  client.rare.reset();
  if (!entry.clear_ids.empty()) client.own_rare().clear_ids = std::move(*clear_ids);
  client.last = entry.last;
  client.incarnation = entry.incarnation;
  client.exists = !entry.tombstone && !entry.ended;
  client.ended = entry.ended;
  client.quarantined = entry.quarantined;
  client.proven = target_.table.unknown_quarantined() && !entry.quarantined;
  const state::EntryPlaces places{object, entry.body, entry.base};
  client.adopt_entry(places, entry.up_to, !client.remembered().any());
  target_.objects.replace(before, places);
  return {};
}

// As a round does when the last older entry goes.
void Loader::settle_voids() {
  target_.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& named) {
    state::Client& client = named.state;
    if (!client.trail.is_spent()) return;
    target_.objects.replace(client.places(), {});
    client.trail.retire();
  });
}

Result<void> Loader::replay(GroupScan& scan, bool past_contradictions) {
  scan.skip_below(log_start_);
  for (;;) {
    auto group = scan.next();
    if (!group) return std::unexpected(std::move(group.error()));
    if (!*group) break;
    if (auto replayed = replay_group(std::move(**group), past_contradictions); !replayed) {
      return replayed;
    }
  }
  recovered_.chain = scan.chain_end();
  recovered_.torn_bytes = scan.torn_bytes();
  return {};
}

void Loader::settle_quarantine() {
  std::optional<format::Quarantine>& quarantine = recovered_.manifest.quarantine;
  if (!quarantine) return;
  bool any = quarantine->unknown_clients;
  target_.table.for_each([&](state::ClientTable::Shard&, state::NamedClient& named) {
    state::Client& client = named.state;
    if (quarantine->unknown_clients && !client.proven) client.quarantined = true;
    any = any || client.quarantined;
  });
  // Everyone was cleared: nothing is in doubt any more.
  if (!any) quarantine.reset();
}

Result<void> Loader::replay_group(ScannedGroup group, bool past_contradictions) {
  const Location location = group.location;
  const auto header = format::decode_group_header(group.bytes);
  if (!header) return std::unexpected(record_error(header.error(), location, {}));
  // Everything below the log's start is in checkpoints, or forgotten for good.
  if (header->end_lsn() <= log_start_) return {};
  if (!recovered_.is_new &&
      header->interpreter_fingerprint != base::crc32c(recovered_.manifest.interpreter_id)) {
    return std::unexpected(record_error(format::GroupFault::kDamaged, location, header->first_lsn));
  }
  const std::string_view bytes = target_.tail.push(header->end_lsn(), std::move(group.bytes));
  format::FrameWalk walk(bytes.substr(format::kGroupHeaderBytes));
  for (Lsn lsn = header->first_lsn; !walk.done();) {
    const auto count = read_ahead(walk, lsn, location);
    if (!count) return std::unexpected(count.error());
    for (const Ahead& ahead : std::span(ahead_).first(*count)) {
      if (!target_.table.fold(ahead.lsn, header->time.retention_us, ahead.record) &&
          !past_contradictions) {
        return std::unexpected(record_error(format::GroupFault::kDamaged, location, ahead.lsn));
      }
      ++recovered_.records;
    }
  }
  return {};
}

// Decodes into `ahead_`. Returns how many records that are not below the log's start.
Result<std::size_t> Loader::read_ahead(format::FrameWalk& walk, Lsn& lsn, Location location) {
  std::size_t count = 0;
  names_.clear();
  for (; count < kAhead && !walk.done(); ++lsn.value) {
    const std::string_view payload = walk.next();
    if (lsn < log_start_) continue;
    Ahead& ahead = ahead_[count++];
    ahead.lsn = lsn;
    if (auto decoded = format::decode_record(payload, ahead.record); !decoded) {
      return std::unexpected(record_error(decoded.error(), location, lsn));
    }
    for (const format::KeyView& key : ahead.record.keys) names_.emplace_back(key.client);
  }
  target_.table.prefetch(names_);
  return count;
}

Error Loader::record_error(format::GroupFault fault, Location location, Lsn lsn) const {
  const Place place = volume_.describe(location);
  Error error;
  error.file = place.file;
  error.offset = place.offset;
  error.begin_lsn = lsn.value;
  error.end_lsn = lsn.value + 1;
  if (fault == format::GroupFault::kUnsupported) {
    error.code = Errc::kUnsupported;
    error.message = "a record was written by a newer version; this one reads formats " +
                    std::to_string(kFormatVersionMin) + " to " + std::to_string(kFormatVersion);
  } else {
    error.code = Errc::kCorrupt;
    error.message = "a record contradicts the log before it";
  }
  return error;
}

Result<Recovered> load(VolumeReader& volume, std::string_view interpreter_id, Target target,
                       Reading reading) {
  Loader loader(volume, target);
  if (auto loaded = loader.load_manifest(interpreter_id); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  auto scan = volume.scan();
  if (scan && reading == Reading::kAhead) {
    scan = std::make_unique<ScanAhead>(std::move(*scan), loader.log_start());
  }
  if (auto loaded = loader.load_objects(); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  loader.settle_voids();
  if (!scan) return std::unexpected(std::move(scan.error()));
  if (auto replayed = loader.replay(**scan, false); !replayed) {
    return std::unexpected(std::move(replayed.error()));
  }
  loader.settle_quarantine();
  return std::move(loader.recovered());
}

Result<format::Manifest> read_manifest(VolumeReader& volume) {
  const PublishedManifest published = volume.manifest();
  if (published.bytes == format::kUnfinishedManifest) {
    return std::unexpected(
        Error{.code = Errc::kUnfinished,
              .message = "a repair into this directory was cut off; remove it and repair again"});
  }
  auto manifest = format::decode_manifest(published.bytes);
  if (manifest) return std::move(*manifest);
  Error error{.code = Errc::kCorrupt, .message = "the engine's part of the manifest is damaged"};
  if (manifest.error() == format::GroupFault::kUnsupported) {
    error.code = Errc::kUnsupported;
    error.message = "the manifest was written by a newer version; this one reads formats " +
                    std::to_string(kFormatVersionMin) + " to " + std::to_string(kFormatVersion);
  }
  return std::unexpected(std::move(error));
}

}  // namespace seawall::recover
