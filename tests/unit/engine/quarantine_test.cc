// A damaged log goes on for who is proven whole, and for nobody else; durably.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/repair.h"
#include "seawall/types.h"

#include "engine/log_engine.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"
#include "unit/engine/quarantine_log.h"

namespace seawall::engine {
namespace {

TEST_F(Quarantine, ASegmentsDirectoryProvesTheOthersWhole) {
  fill(0);
  const std::uint64_t lsn = sealed_record("rare");
  flip(*machine_, places_[lsn].file, places_[lsn].offset + 20);
  EXPECT_EQ(open(machine_, DamagePolicy::kRefuse).error().code, Errc::kCorrupt);
  {
    const auto log = open(machine_, DamagePolicy::kQuarantine);
    ASSERT_TRUE(log) << to_string(log.error());
    EXPECT_EQ((*log)->quarantined_clients(), std::vector<std::string>{"rare"});
    expect_quarantined(**log, "rare");
    expect_whole(**log, "client-0");
    expect_whole(**log, "client-1");
    EXPECT_EQ(persist(**log, "client-1", 500), kDone);
    EXPECT_EQ(persist(**log, "new", 1), kDone);
    // Checkpoints and trims do not make anyone whole.
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(persist(**log, "client-0", 600 + static_cast<std::uint64_t>(round)), kDone);
      EXPECT_TRUE((*log)->checkpoint());
    }
    expect_quarantined(**log, "rare");
    EXPECT_TRUE((*log)->close());
  }
  const auto refused = open(machine_, DamagePolicy::kRefuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorrupt);
  EXPECT_FALSE(refused.error().file.empty());
  {
    const auto log = open(machine_, DamagePolicy::kQuarantine);
    ASSERT_TRUE(log) << to_string(log.error());
    expect_quarantined(**log, "rare");
    expect_whole(**log, "client-0");
    EXPECT_EQ(clear(**log, "rare"), kDone);
    EXPECT_EQ(persist(**log, "rare", 7), kDone);
    EXPECT_TRUE((*log)->close());
  }
  // Everyone is whole again, so the log is.
  const auto log = open(machine_, DamagePolicy::kRefuse);
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ((*log)->retrieve("rare").value().value(), "7" + std::string(600, '.'));
}

TEST_F(Quarantine, WithoutADirectoryNobodyIsProven) {
  fill(0);
  flip(*machine_, places_[kRecords].file, places_[kRecords].offset);
  {
    const auto log = open(machine_, DamagePolicy::kQuarantine);
    ASSERT_TRUE(log) << to_string(log.error());
    for (const char* client : {"rare", "client-0", "client-1", "never heard of"}) {
      expect_quarantined(**log, client);
    }
    EXPECT_TRUE((*log)->stats().unknown_quarantined);
    EXPECT_EQ(clear(**log, "never heard of"), kDone);
    EXPECT_EQ(persist(**log, "never heard of", 1), kDone);
    EXPECT_EQ(clear(**log, "cleared for good"), kDone);
    EXPECT_TRUE((*log)->checkpoint());
    EXPECT_TRUE((*log)->checkpoint());
    EXPECT_TRUE((*log)->close());
  }
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ(persist(**log, "never heard of", 2), kDone);
  EXPECT_EQ(persist(**log, "cleared for good", 2), kDone) << "its tombstone is kept";
  expect_quarantined(**log, "client-0");
  expect_quarantined(**log, "another");
}

TEST_F(Quarantine, ACheckpointPastTheDamageProvesEveryone) {
  fill(kRecords);
  // What is left of the log before the checkpoint lies in the segment that was active.
  ASSERT_GE(places_.size(), 2U);
  flip(*machine_, places_.begin()->second.file, places_.begin()->second.offset);
  EXPECT_EQ(open(machine_, DamagePolicy::kRefuse).error().code, Errc::kCorrupt);
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_TRUE((*log)->quarantined_clients().empty());
  for (const char* client : {"rare", "client-0", "client-1"}) expect_whole(**log, client);
}

TEST_F(Quarantine, ADamagedStateIsItsClientsOnly) {
  fill(kRecords);
  flip(*machine_, object(), 64 + 100);  // within the first body
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  ASSERT_EQ((*log)->quarantined_clients().size(), 1U);
  const std::string lost = (*log)->quarantined_clients().front();
  expect_quarantined(**log, lost);
  for (const std::string client : {"rare", "client-0", "client-1"}) {
    if (client != lost) expect_whole(**log, client);
  }
}

TEST_F(Quarantine, ALostIndexProvesNobody) {
  fill(kRecords);
  const std::string name = object();
  flip(*machine_, name, machine_->bytes(kDirectory, name).size() - 70);
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  expect_quarantined(**log, "client-0");
  expect_quarantined(**log, "never heard of");
}

TEST_F(Quarantine, ADamagedManifestIsRefusedUnderAnyPolicy) {
  fill(0);
  for (const std::string& name : machine_->names(kDirectory)) {
    if (name.starts_with("manifest-")) flip(*machine_, name, 100);
  }
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Errc::kCorrupt);
  const auto repaired = repair(storage_on(machine_), kName, {"/base", "new"});
  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().code, Errc::kCorrupt);
}

// Cut at every change of a quarantine's open, the log is damaged as before or quarantined, and the
// next open gets there.
TEST_F(Quarantine, SurvivesACrashAtEveryOperation) {
  fill(0);
  const std::uint64_t lsn = sealed_record("rare");
  flip(*machine_, places_[lsn].file, places_[lsn].offset + 20);
  std::uint64_t cuts = 0;
  for (std::uint64_t at = 1;; ++at) {
    const Machine crashed = machine_->fork();
    crashed->cut_at_mutation(at);
    const bool opened = open(crashed, DamagePolicy::kQuarantine).has_value();
    const bool was_cut = crashed->is_off();
    crashed->power_cut(storage::kPowerSafeSurvivors[at % std::size(storage::kPowerSafeSurvivors)],
                       at);
    EXPECT_FALSE(open(crashed->fork(), DamagePolicy::kRefuse)) << "cut " << at;
    const auto log = open(crashed, DamagePolicy::kQuarantine);
    ASSERT_TRUE(log) << "cut " << at << ": " << to_string(log.error());
    expect_quarantined(**log, "rare");
    expect_whole(**log, "client-0");
    expect_whole(**log, "client-1");
    if (opened && !was_cut) break;
    ++cuts;
  }
  EXPECT_GT(cuts, 20U);
}

TEST_F(Quarantine, RepairCopiesTheWholeAndListsTheRest) {
  fill(0);
  const std::uint64_t lsn = sealed_record("rare");
  flip(*machine_, places_[lsn].file, places_[lsn].offset + 20);
  const auto before = machine_->fork();
  const auto report = repair(storage_on(machine_), kName, {"/base", "new"});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_TRUE(report->is_lossy());
  EXPECT_EQ(report->whole_clients, 2U);
  EXPECT_EQ(report->quarantined, std::vector<std::string>{"rare"});
  EXPECT_FALSE(report->unknown_quarantined);
  EXPECT_EQ(report->lsn.value, kRecords);
  ASSERT_EQ(report->damage.size(), 1U);
  EXPECT_EQ(report->damage[0].error.begin_lsn, lsn);
  ASSERT_EQ(report->damage[0].clients.size(), 1U);
  EXPECT_EQ(report->damage[0].clients[0].ids.at(0).integers, (std::vector<IdRange>{{lsn, lsn}}));
  for (const std::string& name : before->names(kDirectory)) {
    EXPECT_EQ(machine_->bytes(kDirectory, name), before->bytes(kDirectory, name)) << name;
  }
  EXPECT_FALSE(repair(storage_on(machine_), kName, {"/base", "new"})) << "there is one already";
  EXPECT_FALSE(repair(storage_on(machine_), kName, kName)) << "never in place";

  auto log = LogEngine::open(interpreter(), storage_on(machine_), {"/base", "new"}, {{}, false});
  ASSERT_TRUE(log) << to_string(log.error());
  expect_whole(**log, "client-0");
  expect_whole(**log, "client-1");
  expect_quarantined(**log, "rare");
  EXPECT_EQ((*log)->durable_lsn().value, kRecords);
  EXPECT_EQ(persist(**log, "client-0", 777), kDone);
  EXPECT_EQ((*log)->durable_lsn().value, kRecords + 1);
}

TEST_F(Quarantine, ARepairMayAdmitUnknownClients) {
  fill(0);
  flip(*machine_, places_[kRecords].file, places_[kRecords].offset);
  const auto report =
      repair(storage_on(machine_), kName, {"/base", "new"}, {.admit_unknown_clients = true});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->quarantined.size(), 3U);
  const auto log =
      LogEngine::open(interpreter(), storage_on(machine_), {"/base", "new"}, {{}, false});
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ(persist(**log, "new", 1), kDone);
  expect_quarantined(**log, "client-0");
}

}  // namespace
}  // namespace seawall::engine
