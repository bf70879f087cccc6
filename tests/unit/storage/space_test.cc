// Full disks, small rooms, and whose the log is.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include "seawall/file_system_storage.h"

#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/mark.h"
#include "storage/file/room.h"
#include "storage/file/segment.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
const std::string kDirectory = "/data/svc";
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 16384, .segment_bytes_max = 65536, .group_align_bytes = 64};

class FileSpace : public ::testing::Test {
 protected:
  FileSpace() : machine_(std::make_shared<SimulatedFileSystem>()) {
    storage_ = make_file_storage(machine_, kSmall);
  }
  TestLog open() {
    Result<TestLog> log = TestLog::open(*storage_, kName);
    EXPECT_TRUE(log) << to_string(log.error());
    return std::move(*log);
  }
  bool has(std::string_view name) const {
    return std::ranges::count(machine_->names(kDirectory), name) > 0;
  }

  std::shared_ptr<SimulatedFileSystem> machine_;
  std::shared_ptr<StorageInterface> storage_;
};

// As the engine does it: what room admits is appended, and only that.
TEST_F(FileSpace, AFullDiskRefusesBeforeAnythingIsWrittenAndRecovers) {
  constexpr std::uint64_t kGroupBytes = 1136;
  TestLog log = open();
  machine_->set_capacity(400'000);
  std::uint64_t acknowledged = 0;
  for (;;) {
    if (log->room(kGroupBytes) < kGroupBytes) {
      const auto more = log->make_room(kGroupBytes, kGroupBytes);
      if (!more) {
        EXPECT_EQ(more.error().code, Errc::kNoSpace);
        break;
      }
    }
    ASSERT_TRUE(log.append({std::string(1000, 'f')}));
    ++acknowledged;
  }
  EXPECT_GT(acknowledged, 100U);
  EXPECT_TRUE(has("reserve"));
  const std::uint64_t mutations = machine_->mutations();
  EXPECT_EQ(log->make_room(kGroupBytes, kGroupBytes).error().code, Errc::kNoSpace);
  EXPECT_EQ(machine_->mutations(), mutations) << "a full disk is asked, not written";
  // The log is open, checkpointed and trimmed on the full disk, with the reserve's help.
  ASSERT_TRUE(log->put("ckpt", std::string(3000, 'c')));
  ASSERT_TRUE(log->publish({.bytes = "m", .log_start = log.end.next_lsn}));
  ASSERT_TRUE(log->make_room(kGroupBytes, kGroupBytes));
  ASSERT_TRUE(log.append({std::string(1000, 'g')}));
  ASSERT_TRUE(log->maintain(1));
  EXPECT_TRUE(has("reserve"));
}

TEST_F(FileSpace, AFullDiskOpensAndCheckpoints) {
  {
    TestLog log = open();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(log.append({std::string(1000, 'f')}));
    ASSERT_TRUE(log->maintain(1));
    ASSERT_TRUE(log->close());
  }
  // From here on there is the spare, then the reserve, then what trimming freed.
  constexpr std::uint64_t kLarge = 1 << 30;
  machine_->set_capacity(kLarge);
  machine_->set_capacity(kLarge - (*machine_->open_directory(kDirectory))->free_bytes().value());
  for (int life = 0; life < 4; ++life) {
    TestLog log = open();
    EXPECT_GE(log.end.next_lsn.value, 31U);
    ASSERT_TRUE(log.append({"clear"})) << life;
    ASSERT_TRUE(log->publish({.bytes = "m", .log_start = log.end.next_lsn}));
    ASSERT_TRUE(log->close());
  }
}

TEST_F(FileSpace, AFailedPutLeavesNothingBehind) {
  TestLog log = open();
  const std::size_t files = machine_->names(kDirectory).size();
  for (const auto operation :
       {SimulatedOperation::kCreate, SimulatedOperation::kWrite, SimulatedOperation::kSyncData}) {
    // Twice: the first time the reserve is given up.
    machine_->fail_at(operation, 1, ENOSPC);
    machine_->fail_at(operation, 2, ENOSPC);
    EXPECT_FALSE(log->put("obj", "bytes"));
    EXPECT_EQ(machine_->names(kDirectory).size(), files);
  }
  machine_->clear_faults();
  ASSERT_TRUE(log->put("obj", "bytes"));
  ASSERT_TRUE(log.append({"goes on"}));
}

TEST_F(FileSpace, TheHolderIsNamedWithinASecond) {
  TestLog log = open();
  const std::uint64_t slept = machine_->slept_us();
  const auto second = storage_->acquire(kName);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kLocked);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
      << second.error().message;
  EXPECT_LT(machine_->slept_us() - slept, 1'000'000U);
}

TEST_F(FileSpace, BadNamesAndOptionsAreRefused) {
  for (const char* name : {"", ".", "..", "...", "a/b", "a b", "\xC3\xA9"}) {
    EXPECT_EQ(storage_->acquire({.base_dir = "/data", .service_name = name}).error().code,
              Errc::kInvalidArgument);
    EXPECT_EQ(storage_->read({.base_dir = "/data", .service_name = name}).error().code,
              Errc::kInvalidArgument);
  }
  EXPECT_FALSE(make_file_storage(machine_, {.segment_bytes_min = 5000})->acquire(kName));
  EXPECT_FALSE(make_file_storage(machine_, {.group_align_bytes = 128})->acquire(kName));
}

TEST_F(FileSpace, TheMarkIsFlushedAfterQuietOnly) {
  TestLog log = open();
  ASSERT_TRUE(log->maintain(1));
  ASSERT_TRUE(log.append({"x"}));
  const auto durable_mark = [&] {
    const auto copy = machine_->fork();
    copy->power_cut(Survivor::kNothing);
    return decode_marks(copy->bytes(kDirectory, "mark"), std::nullopt).mark->durable.value;
  };
  ASSERT_TRUE(log->maintain(200'000));
  ASSERT_TRUE(log->maintain(250'000));
  EXPECT_EQ(durable_mark(), 0U);
  ASSERT_TRUE(log->maintain(300'000));
  EXPECT_EQ(durable_mark(), 1U);
}

// A reader that holds an old view must be told to open again, never that the log is damaged.
TEST_F(FileSpace, AReaderOverrunByAWriterIsBusy) {
  TestLog log = open();
  ASSERT_TRUE(log->put("old", "object"));
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log.append({std::string(1000, 'r')}));
  const auto reader = storage_->read(kName);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(log->publish({.bytes = "m", .log_start = log.end.next_lsn}));
  log->remove({"old"});
  ASSERT_TRUE(log->maintain(1));
  const auto scanned = scan_all(**reader);
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code, Errc::kBusy) << to_string(scanned.error());
  EXPECT_EQ((*reader)->get("old", 0, 6).error().code, Errc::kBusy);
}

// The system reports a directory's failed flush once, to whoever asks first: names given by others
// may be lost with it.
TEST_F(FileSpace, AFailedFlushOfTheDirectoryPoisonsThoughOnlyTheReserveWasNamed) {
  TestLog log = open();
  ASSERT_FALSE(has("reserve"));
  machine_->fail_at(SimulatedOperation::kSyncDirectory, 1, 5);
  ASSERT_FALSE(log->maintain(1));
  EXPECT_EQ(log.append({"never"}).error().code, Errc::kPoisoned);
}

// Whatever a living writer has written beyond its mark is not shown.
TEST_F(FileSpace, AReaderShowsWhatTheMarkCovers) {
  TestLog log = open();
  ASSERT_TRUE(log.append({"acknowledged"}));
  machine_->fail_at(SimulatedOperation::kSyncData, 1, 5);
  ASSERT_FALSE(log.append({"never"}));
  const auto reader = storage_->read(kName);
  ASSERT_TRUE(reader);
  const auto seen = scan_all(**reader);
  ASSERT_TRUE(seen) << to_string(seen.error());
  EXPECT_EQ(seen->records.size(), 1U);
}

RC_GTEST_PROP(Room, IsNeverMoreThanFits, ()) {
  const auto align = *rc::gen::element<std::uint64_t>(64, 4096);
  const auto pieces = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::map(
      rc::gen::inRange<std::uint64_t>(0, 40), [](std::uint64_t pages) { return pages * 4096; }));
  const auto longest = *rc::gen::inRange<std::uint64_t>(136, 60'000);
  std::uint64_t left = sure_room(pieces, longest, align);
  std::size_t piece = 0;
  std::uint64_t used = 0;
  while (left >= 136 && !pieces.empty()) {
    const std::uint64_t group = *rc::gen::inRange<std::uint64_t>(136, std::min(left, longest) + 1);
    while (piece < pieces.size() && used + round_up(group, align) > pieces[piece]) {
      ++piece;
      used = 0;
    }
    RC_ASSERT(piece < pieces.size());
    used += round_up(group, align);
    left -= group;
  }
}

RC_GTEST_PROP(Room, OnePieceOfTheRightCapacityIsEnough, ()) {
  const auto align = *rc::gen::element<std::uint64_t>(64, 4096);
  const auto bytes = *rc::gen::inRange<std::uint64_t>(0, 1 << 30);
  RC_ASSERT(sure_room(std::vector{capacity_for(bytes, align)}, bytes, align) >= bytes);
}

}  // namespace
}  // namespace seawall::storage::testing
