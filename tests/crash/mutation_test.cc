// The explorers must fail when what they guard is broken; otherwise their silence would mean
// nothing.

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "crash/checkpoint_mutants.h"
#include "crash/explorer.h"
#include "crash/model.h"
#include "crash/mutants.h"
#include "crash/rule_mutants.h"
#include "crash/world.h"

namespace seawall::crash {
namespace {

constexpr std::uint64_t kSeeds = 4;

/// Returns what power cuts alone show within a few workloads, empty when nothing.
std::string cuts_find(const Mutant& mutant) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (std::string wrong = CutExplorer(seed, mutant).run(); !wrong.empty()) return wrong;
  }
  return "";
}

/// Returns what failures of the device show.
std::string faults_find(Files (*files)(Files)) {
  constexpr std::uint64_t kStride = 3;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    FaultExplorer explorer(seed, kStride, {.file_system = files});
    if (std::string wrong = explorer.run(); !wrong.empty()) return wrong;
  }
  return "";
}

std::string cuts_find(Files (*files)(Files)) {
  return cuts_find(Mutant{.file_system = files});
}

std::string cuts_find(ModelRule rule) {
  return cuts_find(Mutant{.rule = rule});
}

TEST(CrashExplorerMutation, FindsSkippedFlushes) {
  EXPECT_NE(cuts_find(without_flushes), "");
}

TEST(CrashExplorerMutation, FindsSkippedDirectorySyncs) {
  EXPECT_NE(cuts_find(without_directory_syncs), "");
}

TEST(CrashExplorerMutation, FindsAcknowledgementsBeforeTheFlush) {
  EXPECT_NE(cuts_find(acknowledging_before_the_flush), "");
}

TEST(CrashExplorerMutation, FindsTrustInTheSecondFlush) {
  EXPECT_NE(faults_find(trusting_the_second_flush), "");
}

TEST(CrashExplorerMutation, FindsATailThatIsNotWrittenAgain) {
  EXPECT_NE(cuts_find(without_rewriting_the_tail), "");
}

TEST(CrashExplorerMutation, FindsReadErrorsTakenForTheEnd) {
  EXPECT_NE(faults_find(taking_errors_for_the_end), "");
}

TEST(CrashExplorerMutation, FindsEarlyRecycling) {
  EXPECT_NE(cuts_find(recycling_too_early), "");
}

TEST(CrashExplorerMutation, FindsALogTrimmedOneRecordTooFar) {
  EXPECT_NE(cuts_find(trimming_one_record_too_many), "");
}

TEST(CrashExplorerMutation, FindsCheckpointsThatOverstateWhatTheyHold) {
  EXPECT_NE(cuts_find(overstating_checkpoints), "");
}

TEST(CrashExplorerMutation, FindsTombstonesThatAreNotWritten) {
  EXPECT_NE(cuts_find(misnaming_tombstones), "");
}

TEST(CrashExplorerMutation, FindsCheckpointsThatUnderstateWhatTheyHold) {
  EXPECT_NE(cuts_find(understating_checkpoints), "");
}

// The log is right there and the model wrong, in the ways a log could be: the comparison sees it.

TEST(CrashExplorerMutation, FindsKeysOfClearsThatAreForgotten) {
  EXPECT_NE(cuts_find(forgetting_keys_of_clears), "");
}

TEST(CrashExplorerMutation, FindsKeysOfEndsThatAreForgotten) {
  EXPECT_NE(cuts_find(forgetting_keys_of_ends), "");
}

TEST(CrashExplorerMutation, FindsIdsThatADuplicateTakesAway) {
  EXPECT_NE(cuts_find(forgetting_what_came_twice), "");
}

TEST(CrashExplorerMutation, FindsDeduplicationByTheHighestId) {
  EXPECT_NE(cuts_find(by_highest_id), "");
}

TEST(CrashExplorerMutation, FindsDuplicatesThatAreApplied) {
  EXPECT_NE(cuts_find(applying_duplicates), "");
}

TEST(CrashExplorerMutation, FindsIdsThatOutliveAClear) {
  EXPECT_NE(cuts_find(remembering_ids_across_lives), "");
}

TEST(CrashExplorerMutation, FindsEndedClientsThatLiveOn) {
  EXPECT_NE(cuts_find(reviving_ended_clients), "");
}

}  // namespace
}  // namespace seawall::crash
