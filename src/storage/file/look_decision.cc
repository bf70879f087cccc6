#include "storage/file/look_decision.h"

namespace seawall::storage {

LookVerdict decide_look(const LookEvidence& evidence) {
  switch (evidence.finding) {
    // A manifest cannot be sound by accident, and looking again does not bring descriptors.
    case LookFinding::kLog:
    case LookFinding::kShort:
      return LookVerdict::kBelieve;
    case LookFinding::kNothing:
    case LookFinding::kGone:
    case LookFinding::kFault:
      break;
  }
  // A writer may have come and gone during one look, so that without one a second look must agree.
  if (evidence.has_writer) return LookVerdict::kAgain;
  return evidence.repeated ? LookVerdict::kBelieve : LookVerdict::kAgain;
}

}  // namespace seawall::storage
