// LogReader::verify: every byte of the log and of the checkpoints, read and checked.

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"

#include "checkpoint/index.h"
#include "checkpoint/object_table.h"
#include "engine/log_view.h"
#include "engine/volume_body_loader.h"
#include "format/checkpoint.h"
#include "format/group.h"
#include "format/manifest.h"
#include "recover/load.h"
#include "state/client_table.h"
#include "state/tail.h"

namespace seawall {
namespace {

bool is_damage(const Error& error) {
  return error.code == Errc::kCorrupt;
}

class Verifier {
 public:
  Verifier(VolumeReader& volume, VerifyReport& report) : volume_(volume), report_(report) {}

  Result<void> run() {
    if (volume_.manifest().bytes.empty()) return scan();
    const auto manifest = recover::read_manifest(volume_);
    if (!manifest) return note(manifest.error());
    for (const format::ManifestObject& object : manifest->objects) {
      if (auto checked = check_object(object); !checked) return checked;
    }
    if (auto scanned = scan(); !scanned) return scanned;
    if (report_.damage.empty()) return replay();
    return {};
  }

 private:
  /// Damage goes into the report; anything else ends the check.
  Result<void> note(const Error& error) {
    if (!is_damage(error)) return std::unexpected(error);
    report_.damage.push_back(error);
    return {};
  }

  Result<void> check_object(const format::ManifestObject& object) {
    ++report_.checkpoint_objects;
    const auto header =
        volume_.get(format::checkpoint_name(object.number), 0, format::kCheckpointHeaderBytes);
    if (!header) return note(header.error());
    if (const auto checked =
            format::check_checkpoint_header(*header, volume_.log_id(), object.number);
        !checked) {
      if (auto noted = note(checkpoint::object_error(checked.error(), object.number, 0, "header"));
          !noted) {
        return noted;
      }
    }
    const auto footer = checkpoint::read_index(
        volume_, object.number, object.bytes,
        [&](const format::CheckpointEntry& entry) { return check_entry(entry); });
    if (!footer) return note(footer.error());
    if (footer->checksum != object.footer_checksum) {
      return note(checkpoint::object_error(format::GroupFault::kDamaged, object.number, 0,
                                           "not the object the manifest names"));
    }
    return {};
  }

  Result<void> check_entry(const format::CheckpointEntry& entry) {
    ++report_.checkpoint_entries;
    if (entry.body.object == 0) return {};
    engine::VolumeBodyLoader loader(volume_);
    auto body = loader.load(entry.client, entry.body);
    if (body) return {};
    body.error().begin_lsn = 0;
    body.error().end_lsn = entry.up_to.value + 1;
    body.error().message += " of client '" + std::string(entry.client) + "'";
    return note(body.error());
  }

  Result<void> scan() {
    auto scan = volume_.scan();
    if (!scan) return note(scan.error());
    for (;;) {
      const auto group = (*scan)->next();
      if (!group) return note(group.error());
      if (!*group) break;
      ++report_.groups;
      if (const auto header = format::decode_group_header((*group)->bytes); header) {
        report_.records += header->records;
      }
    }
    report_.torn_bytes = (*scan)->torn_bytes();
    return {};
  }

  /// Decodes every record and folds it: what is sound to the last bit may still contradict itself.
  Result<void> replay() {
    state::ClientTable table;
    state::Tail tail;
    checkpoint::ObjectTable objects;
    const auto loaded = recover::load(volume_, {}, {table, tail, objects});
    if (!loaded) return note(loaded.error());
    return {};
  }

  VolumeReader& volume_;
  VerifyReport& report_;
};

}  // namespace

Result<VerifyReport> LogReader::verify(const std::shared_ptr<StorageInterface>& storage,
                                       const std::string& service_name,
                                       const std::string& base_dir) {
  return engine::retry_while_changing([&]() -> Result<VerifyReport> {
    VerifyReport report;
    auto volume = storage->read({base_dir, service_name});
    if (!volume) {
      if (!is_damage(volume.error())) return std::unexpected(std::move(volume.error()));
      report.damage.push_back(std::move(volume.error()));
      return report;
    }
    if (auto run = Verifier(**volume, report).run(); !run) return std::unexpected(run.error());
    return report;
  });
}

}  // namespace seawall
