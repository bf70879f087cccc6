#pragma once

/// \file
/// What an operation of a durable record does to its client: one table for the commit path and for
/// replay, so that replay decides as the first run did. Enumerated by operation_rule_test.cc.
///
///   covered  operation    ended  id known  | action
///   yes      any          any    any       | skip: the client's checkpoint has it
///   no       any          any    yes       | refuse: the writer drops known ids before it writes
///   no       apply        yes    no        | refuse: the writer answers `cleared`
///   no       apply        no     no        | apply
///   no       clear        any    no        | forget: a new life may begin
///   no       clear keep   any    no        | end: for good

#include <cstdint>

#include "format/record.h"

namespace seawall::state {

struct OperationEvidence {
  bool covered = false;  ///< The client's checkpoint reaches this LSN.
  format::OperationKind kind = format::OperationKind::kApply;
  bool ended = false;     ///< The client was cleared with keep_ids.
  bool id_known = false;  ///< The id is in the life's dedup sets.
};

enum class OperationAction : std::uint8_t { kSkip, kApply, kForget, kEnd, kRefuse };

[[nodiscard]] constexpr OperationAction decide(const OperationEvidence& evidence) {
  if (evidence.covered) return OperationAction::kSkip;
  if (evidence.id_known) return OperationAction::kRefuse;
  switch (evidence.kind) {
    case format::OperationKind::kApply:
      return evidence.ended ? OperationAction::kRefuse : OperationAction::kApply;
    case format::OperationKind::kClear:
      return OperationAction::kForget;
    case format::OperationKind::kClearKeepIds:
      return OperationAction::kEnd;
  }
  return OperationAction::kRefuse;
}

}  // namespace seawall::state
