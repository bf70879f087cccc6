// The table of what an operation does, over all inputs, against its rows in words.

#include "state/operation_rule.h"

#include <gtest/gtest.h>

#include "format/record.h"

namespace seawall::state {
namespace {

using format::OperationKind;

OperationAction expected(const OperationEvidence& evidence) {
  if (evidence.covered) return OperationAction::kSkip;
  if (evidence.kind == OperationKind::kApply && evidence.ended) return OperationAction::kCleared;
  if (evidence.id_known) return OperationAction::kDuplicate;
  if (evidence.kind == OperationKind::kClear) return OperationAction::kForget;
  if (evidence.kind == OperationKind::kClearKeepIds) return OperationAction::kEnd;
  return OperationAction::kApply;
}

TEST(OperationRule, EveryInput) {
  int inputs = 0;
  for (const bool covered : {false, true}) {
    for (const auto kind :
         {OperationKind::kApply, OperationKind::kClear, OperationKind::kClearKeepIds}) {
      for (const bool ended : {false, true}) {
        for (const bool id_known : {false, true}) {
          const OperationEvidence evidence{covered, kind, ended, id_known};
          EXPECT_EQ(decide(evidence), expected(evidence));
          ++inputs;
        }
      }
    }
  }
  EXPECT_EQ(inputs, 24);
}

}  // namespace
}  // namespace seawall::state
