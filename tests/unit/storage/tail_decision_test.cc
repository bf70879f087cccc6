// Every input of the decision, against the promise in words.

#include "storage/file/tail_decision.h"

#include <gtest/gtest.h>

namespace seawall::storage {
namespace {

constexpr TailBytes kAllBytes[] = {TailBytes::kNothing,     TailBytes::kStale,
                                   TailBytes::kTornGroup,   TailBytes::kBad,
                                   TailBytes::kUnsupported, TailBytes::kUnreadable};

template <class Visit>
void for_all_evidence(Visit visit) {
  for (const TailBytes bytes : kAllBytes) {
    for (int flags = 0; flags < 16; ++flags) {
      visit(TailEvidence{.bytes = bytes,
                         .below_mark = (flags & 1) != 0,
                         .later_group = (flags & 2) != 0,
                         .newer_epoch = (flags & 4) != 0,
                         .start_missing = (flags & 8) != 0});
    }
  }
}

TEST(TailDecision, AnythingProvenDurableThatDoesNotHoldIsReported) {
  for_all_evidence([](const TailEvidence& evidence) {
    if (!evidence.below_mark && !evidence.later_group && !evidence.newer_epoch &&
        !evidence.start_missing) {
      return;
    }
    const TailVerdict verdict = decide_tail(evidence);
    EXPECT_TRUE(verdict == TailVerdict::kDamage || verdict == TailVerdict::kUnsupported);
    EXPECT_EQ(verdict == TailVerdict::kUnsupported, evidence.bytes == TailBytes::kUnsupported);
  });
}

TEST(TailDecision, WhatNothingProvesIsCutAndWhatIsNewerIsRefused) {
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kNothing}), TailVerdict::kCleanEnd);
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kStale}), TailVerdict::kCleanEnd);
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kTornGroup}), TailVerdict::kTornTail);
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kBad}), TailVerdict::kTornTail);
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kUnsupported}), TailVerdict::kUnsupported);
  EXPECT_EQ(decide_tail({.bytes = TailBytes::kUnreadable}), TailVerdict::kDamage);
}

}  // namespace
}  // namespace seawall::storage
