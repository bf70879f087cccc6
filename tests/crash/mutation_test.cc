// The explorers must fail when what they guard is broken; otherwise their silence would mean
// nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "seawall/log_reader.h"
#include "seawall/types.h"

#include "crash/explorer.h"
#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "crash/mutants.h"
#include "crash/world.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

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

// The log is right there and the model wrong, in the ways a log could be: the comparison sees it.

Outcome by_highest_id(ModelClient& client, const ModelOperation& operation) {
  const std::set<BatchId>& ids = client.ids[operation.producer];
  const bool passed = std::ranges::any_of(ids, [&](const BatchId& id) {
    return id.is_integer() && operation.id.is_integer() && operation.id < id;
  });
  return passed && !client.ended ? Outcome::kDuplicate : apply_once(client, operation);
}

Outcome applying_duplicates(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  if (outcome != Outcome::kDuplicate || operation.is_clear) return outcome;
  client.state += operation.data;
  return Outcome::kCommitted;
}

Outcome remembering_ids_across_lives(ModelClient& client, const ModelOperation& operation) {
  const ModelIds before = client.ids;
  const Outcome outcome = apply_once(client, operation);
  if (operation.is_clear) client.ids = before;
  return outcome;
}

Outcome reviving_ended_clients(ModelClient& client, const ModelOperation& operation) {
  const Outcome outcome = apply_once(client, operation);
  client.ended = false;
  return outcome;
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

/// Flips a bit here and there in the segments of a killed process's log. Returns how often what was
/// acknowledged is missing without a word.
std::uint64_t silent_losses(std::uint64_t seed, Files (*files)(Files)) {
  constexpr std::size_t kStep = 32;
  constexpr const char* kDirectory = "/base/log";
  World world(std::make_shared<storage::SimulatedFileSystem>(seed), seed);
  EXPECT_EQ(world.open_and_check(), "");
  EXPECT_EQ(world.work(20), "");
  world.kill();
  std::uint64_t silent = 0;
  for (const std::string& name : world.machine().names(kDirectory)) {
    if (!name.starts_with("segment-")) continue;
    const std::string sound = world.machine().bytes(kDirectory, name);
    for (std::size_t at = 0; at < sound.size(); at += kStep) {
      auto damaged = world.machine().fork();
      std::string bytes = sound;
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      damaged->set_bytes(kDirectory, name, bytes);
      const auto reader = LogReader::open(
          std::make_shared<ListInterpreter>(true),
          storage::make_file_storage(files != nullptr ? files(damaged) : damaged), "log", "/base");
      if (reader && (*reader)->lsn() < world.acknowledged()) ++silent;
    }
  }
  return silent;
}

TEST(DamageMatrixMutation, FindsThatTheMarkIsIgnored) {
  // Where a manifest was written after the last group it says as much as the mark: not so in every
  // seed's log.
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    EXPECT_EQ(silent_losses(seed, nullptr), 0U);
    found += silent_losses(seed, ignoring_the_mark);
  }
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace seawall::crash
