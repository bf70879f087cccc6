#include "storage/file/volume_view.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/mark.h"
#include "storage/file/open_decision.h"
#include "storage/file/unlisted_files.h"
#include "storage/file/volume_manifest.h"

namespace seawall::storage {
namespace {

struct Findings {
  VolumeView view;
  OpenEvidence evidence;
  std::uint64_t newest_number = 0;
  std::uint64_t marked_number = 0;  ///< Newest manifest the mark has seen.
  std::uint16_t manifest_version = 0;
  std::optional<Error> unreadable;  ///< Why the device does not give the newest manifest back.
  MarkEvidence mark;
  std::optional<std::string> newer_file;  ///< That only a newer manifest can have listed.
};

/// Reads manifest `number`, or where a writer has replaced it since the listing, the one that took
/// its place: numbers rise by one, and finding a name missing takes far less time than publishing a
/// manifest. Sets `number` to that of the manifest read.
Result<std::string> read_newest_manifest(Directory& directory, std::uint64_t& number) {
  constexpr std::uint64_t kReplacementsMax = 32;
  const std::uint64_t listed = number;
  Result<std::string> bytes = read_volume_manifest(directory, number);
  while (!bytes && bytes.error().code == Errc::kNotFound && number - listed < kReplacementsMax) {
    bytes = read_volume_manifest(directory, ++number);
  }
  return bytes;
}

Result<void> find_newer(Directory& directory, Findings& found) {
  auto file = find_newer_file(directory, found.view.inventory, found.view.manifest);
  if (!file) return std::unexpected(std::move(file.error()));
  found.newer_file = std::move(*file);
  found.evidence.newer_files = found.newer_file.has_value();
  return {};
}

Result<void> find_manifest(Directory& directory, Findings& found) {
  if (found.view.inventory.manifests.empty()) return {};
  found.newest_number = *found.view.inventory.manifests.rbegin();
  const Result<std::string> bytes = read_newest_manifest(directory, found.newest_number);
  if (!bytes && bytes.error().code == Errc::kCorrupt) {
    found.evidence.manifest = ManifestFinding::kDamaged;
    found.unreadable = bytes.error();
    return {};
  }
  if (!bytes) return std::unexpected(bytes.error());
  auto manifest = decode_volume_manifest(*bytes, found.newest_number);
  if (manifest) {
    found.evidence.manifest = ManifestFinding::kSound;
    found.view.manifest = std::move(*manifest);
    return find_newer(directory, found);
  }
  found.manifest_version = manifest.error().version;
  found.evidence.manifest =
      manifest.error().unsupported ? ManifestFinding::kUnsupported : ManifestFinding::kDamaged;
  return {};
}

void judge_mark(std::string_view bytes, Findings& found) {
  std::optional<LogId> log_id;
  if (found.evidence.manifest == ManifestFinding::kSound) log_id = found.view.manifest.log_id;
  found.mark = decode_marks(bytes, log_id);
  if (found.mark.unsupported) {
    found.evidence.mark = MarkFinding::kUnsupported;
  } else if (found.mark.mark) {
    found.evidence.mark = found.mark.mark->manifest_number > found.newest_number
                              ? MarkFinding::kAhead
                              : MarkFinding::kSound;
    found.view.mark = found.mark.mark;
    found.marked_number = found.mark.mark->manifest_number;
  }
}

Error missing_manifest(const Inventory& inventory) {
  std::string witness(kMarkName);
  if (!inventory.segments.empty()) {
    witness = segment_name(*inventory.segments.begin());
  } else if (!inventory.objects.empty()) {
    witness = object_name(*inventory.objects.begin());
  } else if (!inventory.directories.empty()) {
    witness = directory_name(*inventory.directories.begin());
  }
  return damage(manifest_name(1), 0,
                "the log's manifest is missing although " + witness + " is there");
}

Error newest_missing(const Findings& found) {
  if (found.evidence.mark == MarkFinding::kAhead) {
    return damage(manifest_name(found.marked_number), 0, "the log's newest manifest is missing");
  }
  const std::string witness = found.newer_file.value_or("");
  return damage(witness, 0,
                "the log's newest manifest is missing: " + witness + " came later than " +
                    manifest_name(found.newest_number));
}

Error refusal(OpenVerdict verdict, const Findings& found) {
  switch (verdict) {
    case OpenVerdict::kManifestMissing:
      return missing_manifest(found.view.inventory);
    case OpenVerdict::kManifestDamaged:
      if (found.unreadable) return *found.unreadable;
      return damage(manifest_name(found.newest_number), 0, "the log's manifest is damaged");
    case OpenVerdict::kNewestMissing:
      return newest_missing(found);
    case OpenVerdict::kForeign:
      return foreign(found.view.inventory.foreign.front(),
                     "the directory holds files that are not a log's, and no manifest");
    case OpenVerdict::kNoLog:
    case OpenVerdict::kLog:
    case OpenVerdict::kUnsupported:
      break;
  }
  return found.evidence.manifest == ManifestFinding::kUnsupported
             ? unsupported(manifest_name(found.newest_number), 0, found.manifest_version)
             : unsupported(std::string(kMarkName), 0, found.mark.version);
}

}  // namespace

Result<std::optional<VolumeView>> look(Directory& directory) {
  Findings found;
  // Before the manifest: a mark names a manifest that was durable when the mark was written, so
  // that only a mark which is read later can name one that is newer than what the listing shows.
  Result<std::string> mark = read_mark_bytes(directory);
  // The listing first: it says that a link lies where the mark should, the mark only that it fails.
  Result<Inventory> inventory = take_inventory(directory);
  if (!inventory) return std::unexpected(std::move(inventory.error()));
  if (!mark) return std::unexpected(std::move(mark.error()));
  found.view.inventory = std::move(*inventory);
  found.evidence.log_files = !found.view.inventory.segments.empty() ||
                             !found.view.inventory.directories.empty() ||
                             !found.view.inventory.objects.empty();
  found.evidence.foreign_files = !found.view.inventory.foreign.empty();
  if (Result<void> read = find_manifest(directory, found); !read) {
    return std::unexpected(std::move(read.error()));
  }
  judge_mark(*mark, found);
  switch (const OpenVerdict verdict = decide_open(found.evidence)) {
    case OpenVerdict::kNoLog:
      return std::nullopt;
    case OpenVerdict::kLog:
      return std::move(found.view);
    default:
      return std::unexpected(refusal(verdict, found));
  }
}

}  // namespace seawall::storage
