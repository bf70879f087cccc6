#pragma once

/// \file
/// What a segment is that the newest manifest found does not list, as one pure decision: garbage
/// that a crash left, or the witness of a newer manifest that is missing. Enumerated exhaustively
/// by tests/unit/storage/segment_fate_test.cc.
///
/// A crash leaves such segments in four ways, and none of them holds a group of the log:
///  - prepared and not yet listed: never begun, so that it has no start block of its own;
///  - begun by an open that did not finish: its epoch is the one above the manifest's, or its start
///    block is torn, and it holds copies of groups that were there before;
///  - dropped from the manifest and not yet removed: its number was given out before that manifest,
///    which knows its epoch;
///  - dropped, and prepared or begun again under a new name: as the first or the second.

#include <cstdint>

namespace seawall::storage {

/// The start block of an unlisted segment.
enum class UnlistedStart : std::uint8_t {
  kNone,        ///< Zeros: never begun.
  kUnsound,     ///< Torn, stale or damaged.
  kKnownEpoch,  ///< Sound, of an epoch that the manifest knows.
  kNextEpoch,   ///< Sound, of the epoch that an open which did not finish would have taken.
  kLaterEpoch,  ///< Sound, of an epoch above that.
};

struct UnlistedEvidence {
  UnlistedStart start = UnlistedStart::kNone;
  bool given_out = false;    ///< Its number is below the manifest's next one.
  bool newer_group = false;  ///< It holds a sound group of this log above the manifest's epoch.
};

enum class SegmentFate : std::uint8_t {
  kGarbage,          ///< Nothing in it counts; the next writer removes it.
  kManifestMissing,  ///< Damage: only a newer manifest can have listed it.
};

[[nodiscard]] SegmentFate decide_fate(const UnlistedEvidence& evidence);

}  // namespace seawall::storage
