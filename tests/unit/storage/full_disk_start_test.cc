// A disk that is full at the worst moment: a group much longer than the reserve is flushed, its
// mark is not, and there is no space for a copy of it. The log opens all the same, wherever that is
// cut.

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"
#include "unit/storage/test_log.h"

namespace seawall::storage {
namespace {

using testing::TestLog;

constexpr FileSystemStorageOptions kOptions{.segment_bytes_min = 64 << 10,
                                            .segment_bytes_max = 4 << 20};
constexpr std::uint64_t kDiskBytes = std::uint64_t{16} << 20;
constexpr std::size_t kGroupBytes = 2'500'000;
const VolumeName kName{"/base", "log"};

class FullDiskStart : public ::testing::Test {
 protected:
  using Machine = std::shared_ptr<SimulatedFileSystem>;

  static Result<TestLog> open(const Machine& machine,
                              const FileSystemStorageOptions& options = kOptions) {
    return TestLog::open(*make_file_storage(machine, options), kName);
  }

  /// Leaves a log whose last group is flushed and above every mark, and no space; with
  /// `keep_reserve` the reserve is still there.
  void fill(bool keep_reserve, const FileSystemStorageOptions& options = kOptions,
            std::size_t group_bytes = kGroupBytes) {
    {
      auto log = open(machine_, options);
      ASSERT_TRUE(log);
      ASSERT_TRUE(log->append({"first"}));
      ASSERT_TRUE((*log)->maintain(1));
      ASSERT_TRUE((*log)->close());
    }
    auto log = open(machine_, options);
    ASSERT_TRUE(log);
    machine_->set_capacity(kDiskBytes);
    ASSERT_TRUE((*log)->maintain(1));
    ASSERT_TRUE((*log)->make_room(group_bytes + 1024, group_bytes + 1024));
    ASSERT_TRUE(log->append({std::string(group_bytes, 'x')}));
    if (!keep_reserve) machine_->erase("/base/log", "reserve");
    // Another program takes the rest.
    machine_->set_capacity(machine_->used_bytes() + (keep_reserve ? 0 : 80 << 10));
    machine_->power_cut(Survivor::kNothing);
  }

  static void expect_whole(const Machine& machine, std::uint64_t cut) {
    auto log = open(machine);
    ASSERT_TRUE(log) << cut << ": " << to_string(log.error());
    ASSERT_EQ(log->recovered.records.size(), 2U) << cut;
    EXPECT_EQ(log->recovered.records.back().second, std::string(kGroupBytes, 'x')) << cut;
    EXPECT_TRUE(log->append({"after"})) << cut;
  }

  Machine machine_ = std::make_shared<SimulatedFileSystem>();
};

TEST_F(FullDiskStart, OpensWithOrWithoutItsReserve) {
  for (const bool keep_reserve : {true, false}) {
    machine_ = std::make_shared<SimulatedFileSystem>();
    fill(keep_reserve);
    expect_whole(machine_, 0);
  }
}

TEST_F(FullDiskStart, OpensWhereverAnOpenIsCut) {
  fill(true);
  std::uint64_t cuts = 0;
  for (std::uint64_t cut = 1;; ++cut) {
    const Machine machine = machine_->fork();
    machine->cut_at_mutation(cut);
    const bool opened = open(machine).has_value();
    const bool was_cut = machine->is_off();
    machine->power_cut(kPowerSafeSurvivors[cut % std::size(kPowerSafeSurvivors)], cut);
    expect_whole(machine, cut);
    EXPECT_TRUE(opened || was_cut) << cut;
    if (!was_cut) break;
    ++cuts;
  }
  std::cout << "opens of a full disk cut: " << cuts << "\n";
  EXPECT_GT(cuts, 8U);
}

// What a flush of the former process lost is not proven by reading it.
TEST_F(FullDiskStart, ProvesByFlushingAndNotByReading) {
  fill(true);
  const Machine machine = machine_->fork();
  {
    auto log = open(machine);
    ASSERT_TRUE(log);
  }
  machine->power_cut(Survivor::kNothing);
  expect_whole(machine, 0);
}

// Groups aligned to pages say that the device may lose a page it overwrites.
TEST_F(FullDiskStart, OverwritesNothingWithGroupsAlignedToPages) {
  FileSystemStorageOptions options = kOptions;
  options.group_align_bytes = 4096;
  constexpr std::size_t kAboveTheReserve = 200'000;
  fill(true, options, kAboveTheReserve);
  const auto refused = open(machine_, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNoSpace);
  machine_->set_capacity(kDiskBytes);
  const auto log = open(machine_, options);
  ASSERT_TRUE(log) << to_string(log.error());
  EXPECT_EQ(log->recovered.records.size(), 2U);
}

}  // namespace
}  // namespace seawall::storage
