#pragma once

/// \file
/// What a directory is, as one pure decision over all that can be found in it. Enumerated
/// exhaustively by tests/unit/storage/open_decision_test.cc.

#include <cstdint>

namespace seawall::storage {

/// The manifest of the highest number.
enum class ManifestFinding : std::uint8_t { kNone, kSound, kDamaged, kUnsupported };

/// The mark, where slots of other logs do not count.
enum class MarkFinding : std::uint8_t {
  kNone,         ///< No file, or no sound slot.
  kSound,        ///< Names a manifest that is there or older.
  kAhead,        ///< Names a manifest newer than any that is there.
  kUnsupported,  ///< Newer format.
};

struct OpenEvidence {
  ManifestFinding manifest = ManifestFinding::kNone;
  MarkFinding mark = MarkFinding::kNone;
  bool log_files = false;      ///< Segments, directories or objects.
  bool newer_files = false;    ///< Files that only a newer manifest can have listed.
  bool foreign_files = false;  ///< Names that no version of ours gives.
};

enum class OpenVerdict : std::uint8_t {
  kNoLog,            ///< No log was ever completed here: a writer may create one.
  kLog,              ///< Read the manifest.
  kManifestMissing,  ///< Damage: files of a log without a manifest.
  kManifestDamaged,  ///< Damage: the newest manifest does not decode.
  kNewestMissing,    ///< Damage: the mark or a file has seen a newer manifest.
  kForeign,          ///< Not a log, and not empty.
  kUnsupported,
};

[[nodiscard]] OpenVerdict decide_open(const OpenEvidence& evidence);

}  // namespace seawall::storage
