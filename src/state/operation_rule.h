#pragma once

/// \file
/// What an operation does to its client: one table for admission, for the commit path and for
/// replay, so that all three decide alike. Enumerated by operation_rule_test.cc; that the three
/// also gather the same evidence is enumerated by operation_orders_test.cc.
///
///   covered  operation    ended  id known  | action
///   yes      any          any    any       | skip: the client's checkpoint has it
///   no       apply        yes    any       | cleared: not written; in the log it is damage
///   no       any other    any    yes       | duplicate: the same
///   no       apply        no     no        | apply
///   no       clear        any    no        | forget: a new life may begin
///   no       clear keep   any    no        | end: for good
///
/// An id is known when it is one of the client's life, or the key of any of its clears: those
/// outlive lives, so that a clear that is delivered again does not touch a later life.

#include <cstdint>

#include "format/record.h"

namespace seawall::state {

struct OperationEvidence {
  bool covered = false;  ///< The client's checkpoint reaches this LSN.
  format::OperationKind kind = format::OperationKind::kApply;
  bool ended = false;     ///< The client was cleared with keep_ids.
  bool id_known = false;  ///< The id is in the life's dedup sets, or the key of a clear.
};

enum class OperationAction : std::uint8_t { kSkip, kApply, kForget, kEnd, kDuplicate, kCleared };

[[nodiscard]] constexpr OperationAction decide(const OperationEvidence& evidence) {
  if (evidence.covered) return OperationAction::kSkip;
  const bool is_apply = evidence.kind == format::OperationKind::kApply;
  if (is_apply && evidence.ended) return OperationAction::kCleared;
  if (evidence.id_known) return OperationAction::kDuplicate;
  if (is_apply) return OperationAction::kApply;
  return evidence.kind == format::OperationKind::kClearKeepIds ? OperationAction::kEnd
                                                               : OperationAction::kForget;
}

}  // namespace seawall::state
