// Faults, full disks, forks and damage on the simulated machine.

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

TEST_F(SimulatedMachineTest, FailedSyncLosesItsBytesThoughReadsAndLaterSyncsSucceed) {
  ASSERT_TRUE(file_->write_at(0, sectors("b")));
  machine_->fail_at(SimulatedOperation::kSyncData, 1, EIO);
  EXPECT_EQ(file_->sync_data().error().os_errno, EIO);
  EXPECT_EQ(file_->read_at(0, kSector).value(), sectors("b"));
  // In the same page, so that whole pages must not be taken over.
  ASSERT_TRUE(file_->write_at(kSector, sectors("c")));
  ASSERT_TRUE(file_->sync_data());
  EXPECT_EQ(file_->read_at(0, kSector).value(), sectors("b"));
  EXPECT_EQ(outcomes(Survivor::kEverything), Contents{sectors("acaa")});
}

TEST_F(SimulatedMachineTest, FailedSyncMayHaveDoneAllOrAPart) {
  ASSERT_TRUE(file_->write_at(0, "b"));
  ASSERT_TRUE(file_->write_at(1, "b"));
  const auto whole = machine_->fork();
  auto directory = whole->open_directory("/d").value();
  whole->fail_at(SimulatedOperation::kSyncData, 1, EIO, FaultKind::kAfter);
  EXPECT_FALSE(directory->open("f", OpenMode::kRead).value()->sync_data());
  whole->power_cut(Survivor::kNothing);
  EXPECT_EQ(whole->bytes("/d", "f").substr(0, 2), "bb");
  machine_->fail_at(SimulatedOperation::kSyncData, 1, EIO, FaultKind::kShort);
  EXPECT_FALSE(file_->sync_data());
  machine_->power_cut(Survivor::kEverything);
  EXPECT_NE(machine_->bytes("/d", "f").substr(0, 2), "bb");
}

TEST_F(SimulatedMachineTest, ShortWriteWritesAPrefix) {
  machine_->fail_at(SimulatedOperation::kWrite, 2, ENOSPC, FaultKind::kShort);
  ASSERT_TRUE(file_->write_at(0, "b"));
  EXPECT_EQ(file_->write_at(0, std::string(100, 'c')).error().code, Errc::kNoSpace);
  const std::string content = machine_->bytes("/d", "f");
  const std::size_t written = std::min(content.find_first_not_of('c'), content.size());
  EXPECT_LT(written, 100U);
  EXPECT_EQ(content.substr(std::max<std::size_t>(written, 1), 100), std::string(100, 'a'));
  ASSERT_TRUE(file_->write_at(0, "d"));
}

TEST_F(SimulatedMachineTest, FaultsPickNameAndRepeat) {
  machine_->fail({.operation = {},
                  .name_prefix = "g",
                  .nth = 2,
                  .repeat = true,
                  .os_errno = 0,
                  .kind = FaultKind::kError});
  const auto other = open("g", OpenMode::kCreateExclusive);
  ASSERT_TRUE(file_->write_at(0, "x"));
  EXPECT_EQ(other->write_at(0, "x").error().os_errno, EIO);
  EXPECT_EQ(other->size().error().os_errno, EIO);
  EXPECT_TRUE(file_->sync_data());
  machine_->clear_faults();
  EXPECT_EQ(other->size().value(), 0U);
}

TEST_F(SimulatedMachineTest, UnknownOutcomeOfARename) {
  machine_->fail_at(SimulatedOperation::kRename, 1, EIO, FaultKind::kAfter);
  EXPECT_FALSE(directory_->rename("f", "g"));
  EXPECT_EQ(machine_->names("/d"), std::vector<std::string>{"g"});
}

TEST_F(SimulatedMachineTest, CutStopsEverythingUntilThePowerIsBack) {
  const std::uint64_t before = machine_->operations();
  machine_->cut_at(2);
  ASSERT_TRUE(file_->write_at(0, "b"));
  EXPECT_FALSE(machine_->is_off());
  EXPECT_EQ(file_->sync_data().error().code, Errc::kIo);
  EXPECT_TRUE(machine_->is_off());
  EXPECT_FALSE(machine_->open_directory("/d"));
  EXPECT_EQ(machine_->operations(), before + 3);
  // The flush that was cut did not lose what it covered either.
  EXPECT_EQ(outcomes(Survivor::kEverything).begin()->front(), 'b');
  machine_->power_cut(Survivor::kNothing);
  EXPECT_FALSE(machine_->is_off());
  EXPECT_EQ(machine_->bytes("/d", "f"), old_);
  reopen();
  EXPECT_TRUE(directory_->list());
}

TEST_F(SimulatedMachineTest, CutsCountChangesAlone) {
  machine_->cut_at_mutation(2);
  ASSERT_TRUE(file_->read_at(0, 1));
  ASSERT_TRUE(file_->write_at(0, "b"));
  ASSERT_TRUE(file_->read_at(0, 1));
  ASSERT_TRUE(directory_->list());
  EXPECT_FALSE(file_->sync_data());
  EXPECT_TRUE(machine_->is_off());
}

TEST_F(SimulatedMachineTest, ReadOnlyRefusesChangesAndReads) {
  machine_->read_only_from(1);
  EXPECT_EQ(file_->write_at(0, "b").error().os_errno, EROFS);
  EXPECT_EQ(directory_->open("g", OpenMode::kCreateExclusive).error().os_errno, EROFS);
  EXPECT_EQ(file_->read_at(0, 1).value(), "a");
  machine_->clear_faults();
  EXPECT_TRUE(file_->write_at(0, "b"));
}

TEST_F(SimulatedMachineTest, DiskFillsAndEmpties) {
  machine_->set_capacity(std::uint64_t{3} * 4096);
  EXPECT_EQ(directory_->free_bytes().value(), 2U * 4096);
  auto file = open("g", OpenMode::kCreateExclusive);
  EXPECT_EQ(file->allocate(3 * 4096).error().code, Errc::kNoSpace);
  EXPECT_EQ(file->size().value(), 0U);
  EXPECT_EQ(file->write_at(0, std::string(std::size_t{3} * 4096, 'b')).error().code,
            Errc::kNoSpace);
  EXPECT_EQ(file->size().value(), 2U * 4096) << "what fits is written";
  EXPECT_EQ(directory_->free_bytes().value(), 0U);
  EXPECT_TRUE(file->write_at(100, "overwriting needs no space"));
  ASSERT_TRUE(directory_->unlink("g"));
  EXPECT_EQ(directory_->free_bytes().value(), 0U) << "still open";
  file.reset();
  EXPECT_EQ(directory_->free_bytes().value(), 2U * 4096);
  machine_->set_capacity(std::uint64_t{100} * 4096);
  EXPECT_EQ(directory_->free_bytes().value(), 99U * 4096);
}

TEST_F(SimulatedMachineTest, AllocatedSpaceIsReserved) {
  machine_->set_capacity(std::uint64_t{4} * 4096);
  ASSERT_TRUE(file_->allocate(4 * 4096));
  EXPECT_EQ(directory_->free_bytes().value(), 0U);
  EXPECT_TRUE(file_->write_at(0, std::string(std::size_t{4} * 4096, 'b')));
  EXPECT_EQ(file_->write_at(std::uint64_t{4} * 4096, "c").error().code, Errc::kNoSpace);
}

TEST_F(SimulatedMachineTest, ForksShareNothingThatChanges) {
  ASSERT_TRUE(file_->write_at(0, "b"));
  const auto copy = machine_->fork();
  auto directory = copy->open_directory("/d").value();
  auto file = directory->open("f", OpenMode::kReadWrite).value();
  ASSERT_TRUE(file->write_at(0, "c"));
  ASSERT_TRUE(file->sync_data());
  ASSERT_TRUE(directory->rename("f", "g"));
  EXPECT_EQ(file_->read_at(0, 1).value(), "b");
  EXPECT_EQ(machine_->names("/d"), std::vector<std::string>{"f"});
  EXPECT_EQ(outcomes(Survivor::kNothing), Contents{old_});
}

TEST_F(SimulatedMachineTest, SeedsDecide) {
  ASSERT_TRUE(file_->write_at(0, sectors("bbbb")));
  for (const Survivor how : kAllSurvivors) {
    EXPECT_EQ(outcomes(how, 20), outcomes(how, 20));
  }
}

TEST_F(SimulatedMachineTest, DamageIsDurableAtOnce) {
  machine_->set_bytes("/d", "f", "damaged");
  machine_->set_bytes("/d", "new", "made");
  machine_->power_cut(Survivor::kNothing);
  EXPECT_EQ(machine_->bytes("/d", "f"), "damaged");
  EXPECT_EQ(machine_->bytes("/d", "new"), "made");
  machine_->erase("/d", "f");
  machine_->power_cut(Survivor::kNothing);
  EXPECT_EQ(machine_->names("/d"), std::vector<std::string>{"new"});
}

TEST_F(SimulatedMachineTest, TellsWhatWasDone) {
  machine_->record_operations(true);
  machine_->fail_at(SimulatedOperation::kSyncData, 1, EIO);
  ASSERT_TRUE(file_->write_at(3, "xyz"));
  EXPECT_FALSE(file_->sync_data());
  const std::string log = machine_->operation_log();
  EXPECT_NE(log.find(" write f 3+3\n"), std::string::npos) << log;
  EXPECT_NE(log.find(" sync-data f -> errno 5\n"), std::string::npos) << log;
}

TEST_F(SimulatedMachineTest, NewDirectoriesAreDurableOnReturnAndNotBefore) {
  const auto copy = machine_->fork();
  copy->cut_at(2);
  EXPECT_FALSE(copy->create_directories("/p/q"));
  copy->power_cut(Survivor::kNothing);
  EXPECT_FALSE(copy->open_directory("/p"));
  ASSERT_TRUE(machine_->create_directories("/p/q"));
  machine_->power_cut(Survivor::kNothing);
  EXPECT_TRUE(machine_->open_directory("/p/q"));
}

TEST_F(SimulatedMachineTest, DirectoriesLeftHalfMadeAreMadeDurableByTheNext) {
  machine_->cut_at(2);
  EXPECT_FALSE(machine_->create_directories("/p"));
  machine_->power_cut(Survivor::kEverything);
  machine_->fail_at(SimulatedOperation::kSyncDirectory, 1, EIO);
  EXPECT_FALSE(machine_->create_directories("/q"));
  machine_->kill_process();
  ASSERT_TRUE(machine_->create_directories("/q"));
  machine_->power_cut(Survivor::kNothing);
  EXPECT_TRUE(machine_->open_directory("/p"));
  EXPECT_TRUE(machine_->open_directory("/q"));
}

}  // namespace
}  // namespace seawall::storage
