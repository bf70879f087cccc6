// Every input of the decision whether a reader believes one look.

#include "storage/file/look_decision.h"

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace seawall::storage {
namespace {

constexpr std::array kFindings{LookFinding::kLog, LookFinding::kNothing, LookFinding::kGone,
                               LookFinding::kFault, LookFinding::kShort};

TEST(LookDecision, EveryInput) {
  std::size_t believed = 0;
  for (const LookFinding finding : kFindings) {
    for (const bool has_writer : {false, true}) {
      for (const bool repeated : {false, true}) {
        const LookVerdict verdict =
            decide_look({.finding = finding, .has_writer = has_writer, .repeated = repeated});
        const bool certain = finding == LookFinding::kLog || finding == LookFinding::kShort;
        const bool steady = repeated && !has_writer;
        EXPECT_EQ(verdict == LookVerdict::kBelieve, certain || steady);
        believed += verdict == LookVerdict::kBelieve ? 1U : 0U;
      }
    }
  }
  EXPECT_EQ(believed, 11U);
}

}  // namespace
}  // namespace seawall::storage
