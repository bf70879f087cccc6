// What a flush of the mark owes: one that failed, or ran while a write did, leaves it owed.

#include "storage/file/mark.h"

#include <cerrno>
#include <memory>
#include <string_view>

#include <gtest/gtest.h>

#include "storage/file/file_names.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/hooked_file_system.h"

namespace seawall::storage::testing {
namespace {

class FileMark : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(machine_->create_directories("/data"));
    auto directory = hooked_.open_directory("/data");
    ASSERT_TRUE(directory);
    directory_ = std::move(*directory);
    auto mark = MarkFile::open(*directory_);
    ASSERT_TRUE(mark);
    mark_ = std::move(*mark);
    hooked_.hooks().before_flush = [this] { ++flushes_; };
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();
  HookedFileSystem hooked_{machine_};
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<MarkFile> mark_;
  int flushes_ = 0;
};

TEST_F(FileMark, IsFlushedOnceForEachWrite) {
  ASSERT_TRUE(mark_->flush());
  EXPECT_EQ(flushes_, 0);
  ASSERT_TRUE(mark_->write({}));
  ASSERT_TRUE(mark_->flush());
  ASSERT_TRUE(mark_->flush());
  EXPECT_EQ(flushes_, 1);
}

TEST_F(FileMark, AFlushThatFailedIsStillOwed) {
  ASSERT_TRUE(mark_->write({}));
  machine_->fail_at(SimulatedOperation::kSyncData, 1, EIO);
  ASSERT_FALSE(mark_->flush());
  ASSERT_TRUE(mark_->flush());
  EXPECT_EQ(flushes_, 2);
}

TEST_F(FileMark, AFlushDuringAWriteLeavesThatWriteOwed) {
  ASSERT_TRUE(mark_->write({}));
  hooked_.hooks().before_write = [this](std::string_view /*name*/) { ASSERT_TRUE(mark_->flush()); };
  ASSERT_TRUE(mark_->write({}));
  EXPECT_EQ(flushes_, 1);
  ASSERT_TRUE(mark_->flush());
  EXPECT_EQ(flushes_, 2);
}

TEST_F(FileMark, AWriteThatFailedIsOwedToo) {
  machine_->fail_at(SimulatedOperation::kWrite, 1, EIO, FaultKind::kShort);
  ASSERT_FALSE(mark_->write({}));
  ASSERT_TRUE(mark_->flush());
  EXPECT_EQ(flushes_, 1);
}

}  // namespace
}  // namespace seawall::storage::testing
