// Every row of the table, and what must hold of all of them.

#include "recover/damage_decision.h"

#include <gtest/gtest.h>

namespace seawall::recover {
namespace {

TEST(DamageDecision, EveryInput) {
  for (int bits = 0; bits < 16; ++bits) {
    const DamageEvidence evidence{.contradicted = (bits & 1) != 0,
                                  .covered = (bits & 2) != 0,
                                  .named = (bits & 4) != 0,
                                  .names_all = (bits & 8) != 0};
    const DamageVerdict verdict = decide_damage(evidence);
    // Whole needs a proof: a checkpoint past the damage, or a complete list without the client.
    const bool has_proof = evidence.covered || (evidence.names_all && !evidence.named);
    EXPECT_EQ(verdict == DamageVerdict::kWhole, has_proof && !evidence.contradicted) << bits;
    // Lost is said only of those whom evidence speaks of.
    if (verdict == DamageVerdict::kLost) {
      EXPECT_TRUE(evidence.contradicted || evidence.named) << bits;
    }
    // Nothing known proves nothing.
    if (bits == 0) {
      EXPECT_EQ(verdict, DamageVerdict::kUnproven);
    }
  }
}

}  // namespace
}  // namespace seawall::recover
