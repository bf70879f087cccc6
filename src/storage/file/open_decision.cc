#include "storage/file/open_decision.h"

namespace seawall::storage {
namespace {

// The first manifest is durable before any other file gets its final name, so a crash while a log
// is created leaves nothing that counts here; a sound mark without a manifest is what is left of a
// log.
OpenVerdict without_manifest(const OpenEvidence& evidence) {
  if (evidence.mark == MarkFinding::kUnsupported) return OpenVerdict::kUnsupported;
  if (evidence.log_files || evidence.mark != MarkFinding::kNone) {
    return OpenVerdict::kManifestMissing;
  }
  // A directory of somebody else's files is most likely a mistyped path.
  if (evidence.foreign_files) return OpenVerdict::kForeign;
  return OpenVerdict::kNoLog;
}

}  // namespace

OpenVerdict decide_open(const OpenEvidence& evidence) {
  switch (evidence.manifest) {
    case ManifestFinding::kNone:
      return without_manifest(evidence);
    case ManifestFinding::kUnsupported:
      return OpenVerdict::kUnsupported;
    case ManifestFinding::kDamaged:
      return OpenVerdict::kManifestDamaged;
    case ManifestFinding::kSound:
      break;
  }
  if (evidence.mark == MarkFinding::kUnsupported) return OpenVerdict::kUnsupported;
  if (evidence.mark == MarkFinding::kAhead || evidence.newer_files) {
    return OpenVerdict::kNewestMissing;
  }
  return OpenVerdict::kLog;
}

}  // namespace seawall::storage
