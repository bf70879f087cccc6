#include "crash/checkpoint_mutants.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/meddled_file_system.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "storage/file/file_names.h"
#include "storage/file/volume_manifest.h"

namespace seawall::crash {
namespace {

constexpr std::size_t kLogIdAt = 28;

storage::FileName final_name(std::string_view name) {
  name.remove_suffix(name.ends_with(storage::kTemporarySuffix) ? storage::kTemporarySuffix.size()
                                                               : 0);
  return storage::classify(name);
}

/// What is done to an entry; it must not become longer or shorter.
using EntryChange = std::function<void(format::CheckpointEntry& entry)>;

/// Changes every entry of every checkpoint written, and keeps all checksums right.
class ChangedEntries final : public Meddler {
 public:
  explicit ChangedEntries(EntryChange change) : change_(std::move(change)) {}

  Result<void> write(MeddledFile& at, std::uint64_t offset, std::string_view bytes) override {
    const storage::FileName name = final_name(at.name);
    if (name.kind == storage::FileKind::kObject && offset == 0) {
      return at.file.write_at(offset, changed(bytes));
    }
    if (name.kind == storage::FileKind::kManifest) {
      return at.file.write_at(offset, with_footers(bytes, name.number));
    }
    return at.file.write_at(offset, bytes);
  }

 private:
  std::string changed(std::string_view bytes) {
    const auto footer = format::decode_checkpoint_footer(
        bytes.substr(bytes.size() - format::kCheckpointFooterBytes), bytes.size());
    if (!footer) return std::string(bytes);
    LogId log_id{};
    std::memcpy(log_id.data(), bytes.data() + kLogIdAt, log_id.size());
    format::CheckpointBuilder builder(log_id, static_cast<std::uint32_t>(footer->object));
    format::IndexWalk walk(bytes.substr(footer->index_offset, footer->index_bytes), *footer);
    format::CheckpointEntry entry;
    while (walk.next(entry)) {
      std::optional<format::CheckpointBody> body;
      if (entry.body.object != 0) {
        const auto decoded = format::decode_checkpoint_body(
            bytes.substr(entry.body.offset, entry.body.length), log_id, entry.client, entry.body);
        if (decoded) body = *decoded;
      }
      change_(entry);
      builder.add(entry, body ? &*body : nullptr);
    }
    format::CheckpointFooter made;
    std::string object = builder.finish(made);
    checksums_[static_cast<std::uint32_t>(footer->object)] = made.checksum;
    return object.size() == bytes.size() ? object : std::string(bytes);
  }

  std::string with_footers(std::string_view bytes, std::uint64_t number) const {
    auto manifest = storage::decode_volume_manifest(bytes, number);
    if (!manifest) return std::string(bytes);
    auto engine = format::decode_manifest(manifest->engine_bytes);
    if (!engine) return std::string(bytes);
    for (format::ManifestObject& object : engine->objects) {
      const auto found = checksums_.find(object.number);
      if (found != checksums_.end()) object.footer_checksum = found->second;
    }
    manifest->engine_bytes = format::encode_manifest(*engine);
    return storage::encode_volume_manifest(*manifest);
  }

  EntryChange change_;
  std::map<std::uint32_t, std::uint32_t> checksums_;  ///< Of footers, by object.
};

}  // namespace

Files overstating_checkpoints(Files machine) {
  return meddled(std::move(machine),
                 std::make_shared<ChangedEntries>([](auto& entry) { ++entry.up_to.value; }));
}
Files understating_checkpoints(Files machine) {
  return meddled(std::move(machine),
                 std::make_shared<ChangedEntries>([](auto& entry) { --entry.up_to.value; }));
}
Files misnaming_tombstones(Files machine) {
  return meddled(std::move(machine), std::make_shared<ChangedEntries>([](auto& entry) {
                   // As long as the names of a workload's clients.
                   if (entry.tombstone) entry.client = "nobody-0";
                 }));
}

}  // namespace seawall::crash
