// What group commit gives its callers: order, limits, groups.

#include "commit/group_commit.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "format/record.h"
#include "unit/commit/group_commit_rig.h"

namespace seawall::commit {
namespace {

INSTANTIATE_TEST_SUITE_P(Threads, GroupCommitTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Thread" : "Inline"; });
TEST_P(GroupCommitTest, AStepOfTheWallClockExpiresNothing) {
  last_ = {.wall_us = 1, .retention_us = 100 * kKeptUs, .uptime_s = 1};
  start();
  ASSERT_TRUE(commit_->wait(*enqueue()));
  const auto time = format::decode_group_header(volume_.groups.at(0))->time;
  EXPECT_GE(time.retention_us, last_.retention_us);
  EXPECT_LT(time.retention_us, last_.retention_us + kKeptUs);
}

TEST_P(GroupCommitTest, ChainsGroupsAndReportsInOrder) {
  start();
  for (int i = 0; i < 5; ++i) {
    const Lsn lsn = *enqueue();
    ASSERT_TRUE(commit_->wait(lsn));
    EXPECT_GE(commit_->durable(), lsn);
  }
  ASSERT_TRUE(commit_->close());
  std::uint32_t previous = 0;
  Lsn next{1};
  std::uint64_t number = 0;
  for (const std::string& group : volume_.groups) {
    const auto header = format::decode_group_header(group);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->previous_checksum, previous);
    EXPECT_EQ(header->first_lsn, next);
    EXPECT_EQ(header->group_number, ++number);
    EXPECT_EQ(header->durable.value + 1, next.value);
    previous = header->checksum;
    next = header->end_lsn();
  }
  EXPECT_EQ(next, Lsn{6});
  EXPECT_TRUE(std::ranges::is_sorted(sink_.publications));
  EXPECT_EQ(sink_.publications.back(), Lsn{5});
  EXPECT_EQ(sink_.retired, Lsn{5});
}

TEST_P(GroupCommitTest, ReportsComeFromTheCommitThreadThoughACallerCommits) {
  start();
  for (int i = 0; i < 5; ++i) {
    const Lsn lsn = *enqueue();
    ASSERT_TRUE(commit_->wait(lsn));
  }
  ASSERT_TRUE(commit_->close());
  ASSERT_FALSE(sink_.reports.empty());
  EXPECT_EQ(sink_.reports.back(), Lsn{5});
  EXPECT_TRUE(std::ranges::is_sorted(sink_.reports));
  EXPECT_EQ(sink_.reporters.size(), 1U);
  EXPECT_EQ(sink_.reporters.contains(std::this_thread::get_id()), !GetParam());
}

TEST_P(GroupCommitTest, BusyAndNoSpaceComeBeforeAnLsn) {
  start(2);
  volume_.hold(GetParam());
  ASSERT_TRUE(enqueue());
  if (GetParam()) volume_.wait_started(1);
  ASSERT_TRUE(enqueue());
  EXPECT_EQ(enqueue().error().code, Errc::kBusy);
  EXPECT_EQ(commit_->appended(), Lsn{2});
  volume_.hold(false);
  ASSERT_TRUE(commit_->wait(Lsn{2}));
  volume_.room_bytes = 0;
  volume_.full = true;
  EXPECT_EQ(enqueue().error().code, Errc::kNoSpace);
  EXPECT_EQ(commit_->appended(), Lsn{2});
  volume_.full = false;
  EXPECT_EQ(*enqueue(), Lsn{3}) << "acks resume by themselves when space returns";
  EXPECT_TRUE(commit_->wait(Lsn{3}));
}

TEST_P(GroupCommitTest, PendingRecordsShareAGroupAndSplitAtTheHint) {
  start();
  volume_.hold(GetParam());
  ASSERT_TRUE(enqueue());
  if (GetParam()) volume_.wait_started(1);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(enqueue(std::string(100, 'x')));
  volume_.hint = 500;
  volume_.hold(false);
  ASSERT_TRUE(commit_->wait(Lsn{10}));
  ASSERT_TRUE(commit_->close());
  std::uint64_t records = 0;
  for (const std::string& group : volume_.groups) {
    const auto header = format::decode_group_header(group);
    ASSERT_TRUE(header);
    EXPECT_TRUE(format::frames_valid(*header, std::string_view(group).substr(128)));
    EXPECT_LE(group.size(), 500U);
    records += header->records;
  }
  EXPECT_EQ(records, 10U);
  EXPECT_LT(volume_.groups.size(), 10U);
}

TEST_P(GroupCommitTest, WaitingForAnUngivenLsnIsRefused) {
  start();
  EXPECT_EQ(commit_->wait(Lsn{1}).error().code, Errc::kInvalidArgument);
}

TEST_P(GroupCommitTest, CloseCommitsWhatIsPending) {
  start();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(enqueue());
  ASSERT_TRUE(commit_->close());
  EXPECT_EQ(commit_->durable(), Lsn{3});
}

TEST_P(GroupCommitTest, ManyCallers) {
  if (!GetParam()) GTEST_SKIP() << "needs the commit thread";
  start();
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 300; ++j) ASSERT_TRUE(commit_->wait(*enqueue()));
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(commit_->durable(), Lsn{16 * 300});
  ASSERT_TRUE(commit_->close());
  EXPECT_TRUE(std::ranges::is_sorted(sink_.reports));
}

}  // namespace
}  // namespace seawall::commit
