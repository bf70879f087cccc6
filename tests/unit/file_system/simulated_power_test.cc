// What power cuts and kills leave on the simulated machine.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"
#include "unit/file_system/simulated_fixture.h"

namespace seawall::storage {
namespace {

TEST_F(SimulatedMachineTest, SyncedBytesSurviveEveryCut) {
  ASSERT_TRUE(file_->write_at(kSector, sectors("b")));
  ASSERT_TRUE(file_->sync_data());
  EXPECT_FALSE(machine_->has_unsynced());
  for (const Survivor how : kAllSurvivors) {
    EXPECT_EQ(outcomes(how), Contents{sectors("abaa")});
  }
}

TEST_F(SimulatedMachineTest, NothingOrEverythingSurvives) {
  ASSERT_TRUE(file_->write_at(4 * kSector, sectors("b")));
  EXPECT_TRUE(machine_->has_unsynced());
  EXPECT_EQ(outcomes(Survivor::kNothing), Contents{old_});
  EXPECT_EQ(outcomes(Survivor::kEverything), Contents{sectors("aaaab")});
}

TEST_F(SimulatedMachineTest, PrefixIsInOrderAndCutsAtSectors) {
  ASSERT_TRUE(file_->write_at(0, sectors("bb")));
  ASSERT_TRUE(file_->write_at(4 * kSector, "c"));
  EXPECT_EQ(outcomes(Survivor::kPrefix),
            (Contents{old_, sectors("baaa"), sectors("bbaa"), sectors("bbaa") + "c"}));
}

TEST_F(SimulatedMachineTest, AnySectorsSurvive) {
  ASSERT_TRUE(file_->write_at(0, sectors("bb")));
  ASSERT_TRUE(file_->write_at(0, sectors("c")));
  // The first sector may be as of either write.
  EXPECT_EQ(outcomes(Survivor::kRandomSectors),
            (Contents{old_, sectors("abaa"), sectors("baaa"), sectors("bbaa"), sectors("caaa"),
                      sectors("cbaa")}));
}

TEST_F(SimulatedMachineTest, GrownFileKeepsItsOldSizeOrTheNew) {
  ASSERT_TRUE(file_->write_at(4 * kSector, "b"));
  EXPECT_EQ(outcomes(Survivor::kRandomSectors),
            (Contents{old_, old_ + std::string(1, '\0'), old_ + "b"}));
}

TEST_F(SimulatedMachineTest, WrittenBytesBecomeZerosAndNoOthers) {
  ASSERT_TRUE(file_->write_at(kSector - 1, "bb"));
  std::string both_new = old_;
  both_new.replace(kSector - 1, 2, "bb");
  Contents expected{both_new};
  for (const auto& [first, second] : {std::pair{'\0', '\0'}, {'\0', 'b'}, {'b', '\0'}}) {
    std::string content = old_;
    content[kSector - 1] = first;
    content[kSector] = second;
    expected.insert(content);
  }
  EXPECT_EQ(outcomes(Survivor::kZeroSectors), expected);
}

TEST_F(SimulatedMachineTest, StaleKeepsOldBytesUnderTheNewSize) {
  ASSERT_TRUE(file_->write_at(0, "b"));
  ASSERT_TRUE(file_->write_at(4 * kSector, "b"));
  ASSERT_TRUE(open("g", OpenMode::kCreateExclusive));
  EXPECT_EQ(outcomes(Survivor::kStale), Contents{old_ + std::string(1, '\0')});
  EXPECT_EQ(name_outcomes(Survivor::kStale).begin()->size(), 2U);
}

TEST_F(SimulatedMachineTest, TornPagesHarmTheirPageOnly) {
  machine_->set_bytes("/d", "f", std::string(3 * 4096, 'a'));
  ASSERT_TRUE(file_->write_at(5'000, "b"));
  bool harmed_synced_bytes = false;
  for (const std::string& content : outcomes(Survivor::kTornPages)) {
    ASSERT_EQ(content.size(), 3U * 4096);
    EXPECT_EQ(content.substr(0, 4096), std::string(4096, 'a'));
    EXPECT_EQ(content.substr(8192), std::string(4096, 'a'));
    harmed_synced_bytes |= content.substr(4096, kSector) != std::string(kSector, 'a');
  }
  EXPECT_TRUE(harmed_synced_bytes);
}

TEST_F(SimulatedMachineTest, NamesSurviveAsAPrefix) {
  ASSERT_TRUE(open("g", OpenMode::kCreateExclusive));
  ASSERT_TRUE(directory_->rename("g", "h"));
  ASSERT_TRUE(directory_->unlink("f"));
  using Names = std::vector<std::string>;
  EXPECT_EQ(name_outcomes(Survivor::kPrefix),
            (std::set<Names>{{"f"}, {"f", "g"}, {"f", "h"}, {"h"}}));
  EXPECT_EQ(name_outcomes(Survivor::kNothing), (std::set<Names>{{"f"}}));
  EXPECT_EQ(name_outcomes(Survivor::kEverything), (std::set<Names>{{"h"}}));
  ASSERT_TRUE(directory_->sync());
  EXPECT_EQ(name_outcomes(Survivor::kNothing), (std::set<Names>{{"h"}}));
}

TEST_F(SimulatedMachineTest, SyncedNamesDoNotSyncBytesNorTheOtherWay) {
  auto file = open("g", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file->write_at(0, "x"));
  ASSERT_TRUE(file->sync_data());
  auto copy = machine_->fork();
  copy->power_cut(Survivor::kNothing);
  EXPECT_EQ(copy->names("/d"), std::vector<std::string>{"f"});
  ASSERT_TRUE(file->write_at(1, "y"));
  ASSERT_TRUE(directory_->sync());
  copy = machine_->fork();
  copy->power_cut(Survivor::kNothing);
  EXPECT_EQ(copy->bytes("/d", "g"), "x");
}

TEST_F(SimulatedMachineTest, CreatedThenRemovedNamesMayComeBack) {
  ASSERT_TRUE(open("g", OpenMode::kCreateExclusive)->write_at(0, "x"));
  ASSERT_TRUE(directory_->unlink("g"));
  // Another directory's sync must not make the node forgotten.
  ASSERT_TRUE(machine_->create_directories("/e"));
  EXPECT_TRUE(name_outcomes(Survivor::kPrefix).contains({"f", "g"}));
}

TEST_F(SimulatedMachineTest, KillKeepsThePageCache) {
  ASSERT_TRUE(file_->write_at(0, "b"));
  const Result<std::unique_ptr<DirectoryLock>> lock = directory_->try_lock();
  ASSERT_TRUE(lock);
  machine_->kill_process();
  EXPECT_EQ(file_->read_at(0, 1).error().os_errno, EIO);
  EXPECT_EQ(directory_->list().error().os_errno, EIO);
  EXPECT_EQ(machine_->bytes("/d", "f")[0], 'b');
  EXPECT_TRUE(machine_->has_unsynced());
  reopen();
  EXPECT_TRUE(directory_->try_lock());
}

TEST_F(SimulatedMachineTest, DeadHandlesDoNotReleaseTheNextProcessesLock) {
  Result<std::unique_ptr<DirectoryLock>> dead = directory_->try_lock();
  ASSERT_TRUE(dead);
  machine_->power_cut(Survivor::kNothing);
  reopen();
  const Result<std::unique_ptr<DirectoryLock>> lock = directory_->try_lock();
  ASSERT_TRUE(lock);
  dead->reset();
  EXPECT_TRUE(directory_->is_locked().value());
}

}  // namespace
}  // namespace seawall::storage
