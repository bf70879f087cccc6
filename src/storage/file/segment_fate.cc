#include "storage/file/segment_fate.h"

namespace seawall::storage {

SegmentFate decide_fate(const UnlistedEvidence& evidence) {
  // Groups of an epoch are written only once the manifest that raised it is durable.
  if (evidence.newer_group) return SegmentFate::kManifestMissing;
  switch (evidence.start) {
    case UnlistedStart::kNone:
    case UnlistedStart::kUnsound:
      return SegmentFate::kGarbage;
    case UnlistedStart::kKnownEpoch:
      // Within an epoch a segment is begun only once a manifest lists it.
      return evidence.given_out ? SegmentFate::kGarbage : SegmentFate::kManifestMissing;
    case UnlistedStart::kNextEpoch:
      // An open takes a listed segment or makes one, whose number is then new.
      return evidence.given_out ? SegmentFate::kManifestMissing : SegmentFate::kGarbage;
    case UnlistedStart::kLaterEpoch:
      break;
  }
  return SegmentFate::kManifestMissing;
}

}  // namespace seawall::storage
