#include "storage/file/tail_decision.h"

namespace seawall::storage {

TailVerdict decide_tail(const TailEvidence& evidence) {
  if (evidence.bytes == TailBytes::kUnsupported) return TailVerdict::kUnsupported;
  if (evidence.below_mark || evidence.later_group || evidence.newer_epoch ||
      evidence.start_missing) {
    return TailVerdict::kDamage;
  }
  switch (evidence.bytes) {
    case TailBytes::kNothing:
    case TailBytes::kStale:
      return TailVerdict::kCleanEnd;
    case TailBytes::kUnreadable:
      return TailVerdict::kDamage;
    case TailBytes::kTornGroup:
    case TailBytes::kBad:
    case TailBytes::kUnsupported:
      break;
  }
  return TailVerdict::kTornTail;
}

}  // namespace seawall::storage
