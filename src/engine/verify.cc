// LogReader::verify: every byte of the log and of the checkpoints, read and checked.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/coding.h"
#include "base/exceptions.h"
#include "checkpoint/index.h"
#include "checkpoint/object_table.h"
#include "engine/log_view.h"
#include "engine/volume_body_loader.h"
#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"
#include "recover/load.h"
#include "state/body_loader.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/known_ids.h"
#include "state/tail.h"

namespace seawall {
namespace {

bool is_damage(const Error& error) {
  return error.code == Errc::kCorrupt;
}

class Verifier {
 public:
  Verifier(VolumeReader& volume, VerifyReport& report)
      : volume_(volume), report_(report), log_start_(volume.manifest().log_start) {}

  Result<void> run() {
    if (volume_.manifest().bytes.empty()) return scan();
    const auto manifest = recover::read_manifest(volume_);
    if (!manifest) return note(manifest.error(), false);
    for (const format::ManifestObject& object : manifest->objects) {
      if (auto checked = check_ends(object); !checked) return checked;
    }
    for (const format::ManifestObject& object : manifest->objects) {
      if (auto checked = check_bodies(object); !checked) return checked;
    }
    if (auto scanned = scan(); !scanned) return scanned;
    if (report_.damage.empty()) return replay();
    return {};
  }

 private:
  /// Where the newest entry of a client has its state.
  struct Places {
    format::BodyPlace body;
    format::BodyPlace base;
  };

  /// Damage goes into the report; anything else ends the check.
  Result<void> note(const Error& error, bool names_all, std::vector<ClientIds> clients = {}) {
    if (!is_damage(error)) return std::unexpected(error);
    report_.damage.push_back(
        {.error = error, .clients = std::move(clients), .names_all = names_all});
    return {};
  }

  /// An object whose index is lost may have held anyone's records up to the log's start.
  Result<void> note_lost_object(Error error) {
    error.begin_lsn = 1;
    error.end_lsn = log_start_.value;
    return note(error, false);
  }

  Result<void> check_ends(const format::ManifestObject& object) {
    ++report_.checkpoint_objects;
    const auto remember = [&](const format::CheckpointEntry& entry) -> Result<void> {
      newest_[std::string(entry.client)] = {entry.body, entry.base};
      return {};
    };
    const auto footer = checkpoint::read_index(volume_, object.number, object.bytes, remember);
    if (!footer) return note_lost_object(footer.error());
    if (footer->checksum != object.footer_checksum || footer->object != object.number) {
      return note_lost_object(checkpoint::object_error(
          volume_, format::GroupFault::kDamaged, object.number,
          object.bytes - format::kCheckpointFooterBytes, "not the object the manifest names"));
    }
    const auto header =
        volume_.get(format::checkpoint_name(object.number), 0, format::kCheckpointHeaderBytes);
    if (!header) return note(header.error(), true);
    const auto checked = format::check_checkpoint_header(*header, volume_.log_id(), object.number);
    if (checked) return {};
    return note(checkpoint::object_error(volume_, checked.error(), object.number, 0, "header"),
                true);
  }

  /// Bodies of an object whose index is lost cannot be found, and were reported with it.
  Result<void> check_bodies(const format::ManifestObject& object) {
    const auto footer = checkpoint::read_index(
        volume_, object.number, object.bytes,
        [&](const format::CheckpointEntry& entry) { return check_entry(entry); });
    if (!footer && !is_damage(footer.error())) return std::unexpected(footer.error());
    return {};
  }

  Result<void> check_entry(const format::CheckpointEntry& entry) {
    ++report_.checkpoint_entries;
    const Places& newest = newest_[std::string(entry.client)];
    const bool is_newest = newest.body == entry.body;
    // As a read does: with its base, wherever that lies. Of an older entry nobody reads the base.
    engine::VolumeBodyLoader loader(volume_);
    auto stored = state::load_stored(loader, entry.client, entry.body,
                                     is_newest ? entry.base : format::BodyPlace{});
    if (stored) return {};
    Error& error = stored.error();
    // The base may have been found damaged with the older entry whose body it is.
    if (!reported_.emplace(error.file, error.offset).second) return {};
    error.begin_lsn = 0;
    error.end_lsn = entry.up_to.value + 1;
    error.message += " of client '" + std::string(entry.client) + "'";
    std::vector<ClientIds> clients;
    if (is_newest || newest.base == entry.body) {
      clients.push_back({.client = std::string(entry.client), .ids = ids_of(entry)});
    }
    return note(error, true, std::move(clients));
  }

  static std::vector<ProducerIds> ids_of(const format::CheckpointEntry& entry) {
    const auto decode = [](std::string_view bytes) {
      base::Reader reader(bytes);
      return state::DedupSets::decode(reader).value_or(state::DedupSets());
    };
    const state::DedupSets clear_ids = decode(entry.clear_ids);
    return state::known_ids(decode(entry.ids), &clear_ids);
  }

  Result<void> scan() {
    auto scan = volume_.scan();
    if (!scan) return salvage(scan.error());
    const std::uint64_t groups = report_.groups;
    const Result<void> counted = count_groups(**scan);
    if (counted) {
      report_.torn_bytes = (*scan)->torn_bytes();
      return {};
    }
    report_.groups = groups;
    report_.records = 0;
    return salvage(counted.error());
  }

  Result<void> count_groups(GroupScan& scan) {
    for (;;) {
      const auto group = scan.next();
      if (!group) return std::unexpected(group.error());
      if (!*group) return {};
      ++report_.groups;
      if (const auto header = format::decode_group_header((*group)->bytes); header) {
        report_.records += header->records;
      }
    }
  }

  /// Finds everything that is damaged, where the scan found the first of it.
  Result<void> salvage(const Error& first) {
    if (!is_damage(first)) return std::unexpected(first);
    const auto salvage = volume_.salvage();
    if (!salvage) return note(salvage.error(), false);
    if (const auto counted = count_groups(**salvage); !counted) {
      return note(counted.error(), false);
    }
    const std::size_t before = report_.damage.size();
    for (const LogGap& gap : (*salvage)->gaps()) {
      DamageReport& report = report_.damage.emplace_back(gap.report);
      if (gap.open_ended || report.error.end_lsn > log_start_.value) continue;
      // Checkpoints have it all.
      report.clients.clear();
      report.names_all = true;
    }
    return report_.damage.size() > before ? Result<void>{} : note(first, false);
  }

  /// Decodes every record and folds it: what is sound to the last bit may still contradict itself.
  Result<void> replay() {
    state::ClientTable table;
    state::Tail tail;
    checkpoint::ObjectTable objects;
    const auto loaded = recover::load(volume_, {}, {table, tail, objects});
    if (!loaded) return note(loaded.error(), false);
    report_.quarantined = table.quarantined_clients();
    report_.unknown_quarantined = table.unknown_quarantined();
    return {};
  }

  VolumeReader& volume_;
  VerifyReport& report_;
  Lsn log_start_;
  std::unordered_map<std::string, Places> newest_;
  std::set<std::pair<std::string, std::uint64_t>> reported_;  ///< Damaged states: file and offset.
};

}  // namespace

Result<VerifyReport> LogReader::verify(const std::shared_ptr<StorageInterface>& storage,
                                       const std::string& service_name,
                                       const std::string& base_dir) {
  const auto attempt = [&]() -> Result<VerifyReport> {
    VerifyReport report;
    auto volume = storage->read({base_dir, service_name});
    if (!volume) {
      if (!is_damage(volume.error())) return std::unexpected(std::move(volume.error()));
      report.damage.push_back({.error = std::move(volume.error()), .clients = {}});
      return report;
    }
    if (auto run = Verifier(**volume, report).run(); !run) return std::unexpected(run.error());
    return report;
  };
  return base::catching([&] { return engine::retry_while_changing(attempt); });
}

}  // namespace seawall
