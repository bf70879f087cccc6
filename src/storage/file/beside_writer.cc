#include "storage/file/beside_writer.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <utility>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/look_decision.h"
#include "storage/file/volume_view.h"

namespace seawall::storage {
namespace {

/// Looks before a finding beside a writer is believed. A listing of 400 names misses the manifest
/// in about one look of a thousand while manifests are replaced without pause; a damaged log costs
/// that many listings once.
constexpr int kLooks = 100;

Error changing() {
  Error error;
  error.code = Errc::kBusy;
  error.message = "the log changed while it was read, by a writer; run it again";
  return error;
}

LookFinding finding_of(const Result<std::optional<VolumeView>>& view) {
  if (view) return *view ? LookFinding::kLog : LookFinding::kNothing;
  switch (view.error().code) {
    case Errc::kNotFound:
      return LookFinding::kGone;
    case Errc::kExhausted:
      return LookFinding::kShort;
    default:
      return LookFinding::kFault;
  }
}

/// A name that was listed and is not there says nothing of the log.
Result<SteadyLook> as_result(Result<std::optional<VolumeView>> view, bool has_writer) {
  if (view) return SteadyLook{.view = std::move(*view), .has_writer = has_writer};
  if (view.error().code == Errc::kNotFound) return std::unexpected(changing());
  return std::unexpected(std::move(view.error()));
}

}  // namespace

Result<SteadyLook> look_beside_writer(Directory& directory) {
  // A finding of the last look without a writer; `kLog` is none, as that ends the loop.
  LookFinding last = LookFinding::kLog;
  Result<bool> before = directory.is_locked();
  for (int looks = 1;; ++looks) {
    if (!before) return std::unexpected(std::move(before.error()));
    Result<std::optional<VolumeView>> view = look(directory);
    Result<bool> after = directory.is_locked();
    if (!after) return std::unexpected(std::move(after.error()));
    const LookFinding finding = finding_of(view);
    const bool has_writer = *before || *after;
    const LookVerdict verdict =
        decide_look({.finding = finding, .has_writer = has_writer, .repeated = last == finding});
    if (verdict == LookVerdict::kBelieve || looks == kLooks) {
      return as_result(std::move(view), has_writer);
    }
    last = has_writer ? LookFinding::kLog : finding;
    before = after;
  }
}

Error judge_beside_writer(Directory& directory, std::uint64_t number, Error error) {
  if (error.code == Errc::kExhausted || error.code == Errc::kInvalidArgument) return error;
  const auto named = directory.open(manifest_name(number), OpenMode::kRead);
  if (!named) return named.error().code == Errc::kNotFound ? changing() : named.error();
  // The name may also be an old one that a crash left.
  const Result<Inventory> inventory = take_inventory(directory);
  if (!inventory) return inventory.error();
  const bool replaced = inventory->manifests.upper_bound(number) != inventory->manifests.end();
  return replaced ? changing() : error;
}

Result<void> refuse_a_writer(Directory& directory) {
  Result<bool> locked = directory.is_locked();
  if (!locked) return std::unexpected(std::move(locked.error()));
  if (*locked) return std::unexpected(changing());
  return {};
}

}  // namespace seawall::storage
