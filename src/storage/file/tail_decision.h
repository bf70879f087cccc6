#pragma once

/// \file
/// Where the log ends, as one pure decision: a clean end, a torn tail (never acknowledged, cut
/// quietly) or damage (reported). Enumerated exhaustively by
/// tests/unit/storage/tail_decision_test.cc.

#include <cstdint>

namespace seawall::storage {

/// What lies at the first position of the newest segment that does not continue the chain.
enum class TailBytes : std::uint8_t {
  kNothing,      ///< Zeros to the end of the segment or to stale bytes, or no room for a group.
  kStale,        ///< A sound group header of the log's past.
  kTornGroup,    ///< The header continues the chain, its frames do not hold.
  kBad,          ///< Anything else.
  kUnsupported,  ///< A sound header of this log and of a newer format.
  kUnreadable,   ///< The device does not give the bytes back: they may have been anything.
};

struct TailEvidence {
  TailBytes bytes = TailBytes::kNothing;
  /// Some mark says that the LSN expected here was durable: a mark slot, the manifest, or what any
  /// later sound header says of its past.
  bool below_mark = false;
  /// A sound header of this log with a higher group number lies behind: it was written only after
  /// the group expected here was durable.
  bool later_group = false;
  /// A sound header of this log carries an epoch the manifest does not know: the manifest that
  /// raised it is missing.
  bool newer_epoch = false;
  /// The newest segment found is of an epoch below the manifest's. An epoch gets into a manifest
  /// only once the segment its writer began is durable, and that one is dropped only for a later
  /// one: its start is lost, and maybe groups with it.
  bool start_missing = false;
};

enum class TailVerdict : std::uint8_t { kCleanEnd, kTornTail, kDamage, kUnsupported };

[[nodiscard]] TailVerdict decide_tail(const TailEvidence& evidence);

}  // namespace seawall::storage
