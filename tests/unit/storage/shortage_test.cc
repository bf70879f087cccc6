// What runs short is no failure: nothing is lost by it and nothing poisoned. What fails poisons,
// and what is closed writes nothing.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage {
namespace {

using testing::TestLog;
using Operation = SimulatedOperation;

constexpr FileSystemStorageOptions kOptions{.segment_bytes_min = 64 << 10,
                                            .segment_bytes_max = 64 << 10};
const VolumeName kName{"/base", "log"};

class Shortage : public ::testing::Test {
 protected:
  TestLog open() {
    auto log = TestLog::open(*make_file_storage(machine_, kOptions), kName);
    EXPECT_TRUE(log) << to_string(log.error());
    return std::move(*log);
  }

  void fail(Operation operation, const std::string& prefix, int os_errno, bool repeat,
            FaultKind kind = FaultKind::kError) {
    machine_->fail({.operation = operation,
                    .name_prefix = prefix,
                    .nth = 1,
                    .repeat = repeat,
                    .os_errno = os_errno,
                    .kind = kind});
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();
};

TEST_F(Shortage, OfMemoryInAWriteIsWaitedFor) {
  TestLog log = open();
  for (const FaultKind kind : {FaultKind::kError, FaultKind::kShort}) {
    fail(Operation::kWrite, "segment-", ENOMEM, false, kind);
    ASSERT_TRUE(log.append({"waited for"}));
    fail(Operation::kWrite, "mark", EINTR, false, kind);
    ASSERT_TRUE(log.append({"waited for"}));
  }
  EXPECT_GT(machine_->slept_us(), 0U);
  EXPECT_TRUE(log->health());
  machine_->kill_process();
  EXPECT_EQ(open().recovered.records.size(), 4U);
}

// A file system that copies on write may lack space to overwrite what was prepared.
TEST_F(Shortage, OfSpaceInAWriteCostsTheReserve) {
  TestLog log = open();
  ASSERT_TRUE(log->maintain(1));
  ASSERT_FALSE(machine_->bytes("/base/log", "reserve").empty());
  fail(Operation::kWrite, "segment-", ENOSPC, false, FaultKind::kShort);
  ASSERT_TRUE(log.append({"after all"}));
  EXPECT_TRUE(machine_->bytes("/base/log", "reserve").empty());
  EXPECT_TRUE(log->health());
  // Without a reserve there is nothing to give up: the call fails, the volume writes no more, and
  // what is there is whole.
  fail(Operation::kWrite, "segment-", ENOSPC, true, FaultKind::kShort);
  const auto refused = log.append({"never acknowledged"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kIo) << "it is too late to call again";
  EXPECT_EQ(log->health().error().code, Errc::kPoisoned);
  machine_->clear_faults();
  machine_->kill_process();
  const TestLog after = open();
  ASSERT_FALSE(after.recovered.records.empty());
  EXPECT_EQ(after.recovered.records.front().second, "after all");
}

TEST_F(Shortage, ThatLastsEndsAWriteAtLast) {
  TestLog log = open();
  fail(Operation::kWrite, "segment-", ENOMEM, true);
  EXPECT_FALSE(log.append({"never"}));
  EXPECT_EQ(log->health().error().code, Errc::kPoisoned);
  EXPECT_LT(machine_->slept_us(), 1'000'000U);
}

TEST_F(Shortage, OfDescriptorsEndsNothing) {
  TestLog log = open();
  ASSERT_TRUE(log->maintain(1));
  fail(Operation::kCreate, "", EMFILE, true);
  fail(Operation::kOpen, "", ENFILE, true);
  EXPECT_EQ(log->put("ckpt-1", "bytes").error().code, Errc::kExhausted);
  EXPECT_EQ(log->publish({.bytes = "m", .log_start = Lsn{1}}).error().code, Errc::kExhausted);
  EXPECT_EQ(log->make_room(1 << 20, 1 << 10).error().code, Errc::kExhausted);
  ASSERT_TRUE(log.append({"goes on"}));
  machine_->clear_faults();
  EXPECT_TRUE(log->health());
  EXPECT_TRUE(log->put("ckpt-1", "bytes"));
  EXPECT_TRUE(log->publish({.bytes = "m", .log_start = Lsn{1}}));
  EXPECT_TRUE(log->make_room(1 << 20, 1 << 10));
}

TEST_F(Shortage, OfMemoryInARenameEndsNothingAndAFailedOneEndsAll) {
  TestLog log = open();
  fail(Operation::kRename, "object-", ENOMEM, false);
  EXPECT_EQ(log->put("ckpt-1", "bytes").error().code, Errc::kExhausted);
  EXPECT_TRUE(log->put("ckpt-1", "bytes"));
  fail(Operation::kRename, "object-", EIO, false);
  EXPECT_EQ(log->put("ckpt-2", "bytes").error().code, Errc::kIo);
  EXPECT_EQ(log.append({"after"}).error().code, Errc::kPoisoned);
}

// Of every file, also one that has no name yet: a device that loses its cache loses other files'
// bytes with it, and no open file hears of that.
TEST_F(Shortage, IsNotWhatAFailedFlushIs) {
  TestLog log = open();
  fail(Operation::kSyncData, "object-", EIO, false);
  EXPECT_EQ(log->put("ckpt-1", "bytes").error().code, Errc::kIo);
  EXPECT_EQ(log->health().error().code, Errc::kPoisoned);
}

// A file that cannot be made has lost nothing.
TEST_F(Shortage, IsWhatARefusedFileIs) {
  TestLog log = open();
  for (const int error : {EIO, EACCES, EROFS}) {
    fail(Operation::kCreate, "", error, false);
    EXPECT_EQ(log->put("ckpt-1", "bytes").error().code, Errc::kIo);
    EXPECT_TRUE(log->health());
  }
  EXPECT_TRUE(log->put("ckpt-1", "bytes"));
}

TEST_F(Shortage, NumbersOfSegmentsAreNotUsedUpByAttempts) {
  TestLog log = open();
  ASSERT_TRUE(log->maintain(1));
  fail(Operation::kAllocate, "segment-", EFBIG, true);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(log->make_room(1 << 20, 1 << 10).error().code, Errc::kNoSpace);
  }
  machine_->clear_faults();
  ASSERT_TRUE(log->make_room(1 << 20, 1 << 10));
  EXPECT_FALSE(machine_->bytes("/base/log", "segment-0000000000000003").empty());
}

TEST_F(Shortage, ClosedIsClosed) {
  TestLog log = open();
  ASSERT_TRUE(log.append({"one"}));
  ASSERT_TRUE(log->close());
  EXPECT_EQ(log.append({"two"}).error().code, Errc::kClosed);
  EXPECT_EQ(log->put("ckpt-1", "bytes").error().code, Errc::kClosed);
  EXPECT_EQ(log->publish({.bytes = "m", .log_start = Lsn{1}}).error().code, Errc::kClosed);
  EXPECT_EQ(log->make_room(1 << 20, 1 << 10).error().code, Errc::kClosed);
  EXPECT_EQ(log->maintain(1).error().code, Errc::kClosed);
  EXPECT_EQ(log->health().error().code, Errc::kClosed);
  EXPECT_EQ(log->room(1 << 10), 0U);
  EXPECT_TRUE(log->close());
  // Its lock is free, and the next owner finds what was there.
  EXPECT_EQ(open().recovered.records.size(), 1U);
}

TEST_F(Shortage, AFlushThatFailsAtTheEndIsReportedAndTheLockGoes) {
  TestLog log = open();
  ASSERT_TRUE(log.append({"one"}));
  fail(Operation::kSyncData, "mark", EIO, false);
  const Result<void> closed = log->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().os_errno, EIO);
  EXPECT_EQ(open().recovered.records.size(), 1U);
}

}  // namespace
}  // namespace seawall::storage
