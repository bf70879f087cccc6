// One sector that the device does not give back costs its clients only, whoever comes across it.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/repair.h"

#include "engine/log_engine.h"
#include "unit/engine/quarantine_log.h"

namespace seawall::engine {
namespace {

using Unreadable = Quarantine;

// One sector that the device does not give back, first of all records, then of a state: refused
// with its place, named by `verify`, stepped over by quarantine and repair, and only its clients in
// doubt.
TEST_F(Unreadable, ASectorIsItsClientsOnly) {
  fill(0);
  const std::uint64_t lsn = sealed_record("rare");
  const std::uint64_t sector = places_[lsn].offset / 512 * 512;
  machine_->make_unreadable(kDirectory, places_[lsn].file, sector, sector + 512);
  const auto refused = open(machine_, DamagePolicy::kRefuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kCorrupt);
  EXPECT_EQ(refused.error().os_errno, EIO);
  EXPECT_EQ(refused.error().file, places_[lsn].file);
  const auto verified = LogReader::verify(storage_on(machine_), "log", "/base");
  ASSERT_TRUE(verified) << to_string(verified.error());
  ASSERT_EQ(verified->damage.size(), 1U);
  EXPECT_EQ(verified->damage.front().error.file, places_[lsn].file);
  EXPECT_LE(verified->damage.front().error.begin_lsn, lsn);
  EXPECT_GT(verified->damage.front().error.end_lsn, lsn);
  EXPECT_TRUE(verified->damage.front().names_all);
  const auto report = repair(storage_on(machine_), kName, {"/base", "new"});
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_FALSE(report->unknown_quarantined);
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ((*log)->quarantined_clients(), report->quarantined);
  expect_quarantined(**log, "rare");
  for (const std::string client : {"client-0", "client-1"}) {
    if (std::ranges::find(report->quarantined, client) == report->quarantined.end()) {
      expect_whole(**log, client);
    }
  }
}

TEST_F(Unreadable, AStateIsItsClientsOnly) {
  fill(kRecords);
  machine_->make_unreadable(kDirectory, object(), 0, 512);  // within the first body
  const auto verified = LogReader::verify(storage_on(machine_), "log", "/base");
  ASSERT_TRUE(verified) << to_string(verified.error());
  EXPECT_FALSE(verified->damage.empty());
  const auto log = open(machine_, DamagePolicy::kQuarantine);
  ASSERT_TRUE(log) << to_string(log.error());
  ASSERT_EQ((*log)->quarantined_clients().size(), 1U);
  const std::string lost = (*log)->quarantined_clients().front();
  expect_quarantined(**log, lost);
  for (const std::string client : {"rare", "client-0", "client-1"}) {
    if (client != lost) expect_whole(**log, client);
  }
}

// A state that cannot be read while the log is in use is its client's: a round does not end the
// log, which goes on for all others.
TEST_F(Unreadable, AStateDoesNotEndALogInUse) {
  fill(kRecords);
  auto log = open(machine_, DamagePolicy::kRefuse);
  ASSERT_TRUE(log) << to_string(log.error());
  machine_->make_unreadable(kDirectory, object(), 0, 1 << 20);
  for (std::uint64_t id = 100; id < 110; ++id) {
    EXPECT_EQ(persist(**log, client_of(id), id), kDone);
    static_cast<void>((*log)->checkpoint());
  }
  EXPECT_TRUE((*log)->close());
}

}  // namespace
}  // namespace seawall::engine
