// What group commit does when an append, a fold or the storage fails.

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

#include "commit/group_commit.h"
#include "format/group.h"
#include "format/record.h"
#include "unit/commit/group_commit_rig.h"

namespace seawall::commit {
namespace {

class GroupCommitFailureTest : public GroupCommitTest {};

INSTANTIATE_TEST_SUITE_P(Threads, GroupCommitFailureTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Thread" : "Inline"; });
TEST_P(GroupCommitFailureTest, AFoldThatThrowsPoisonsAndReleasesEveryone) {
  sink_.throw_at = Lsn{2};
  start();
  ASSERT_TRUE(commit_->wait(*enqueue()));
  volume_.hold(GetParam());
  const Lsn lsn = *enqueue();
  std::vector<std::thread> waiters;
  std::atomic<int> poisoned = 0;
  for (int i = 0; GetParam() && i < 4; ++i) {
    waiters.emplace_back([&] {
      const auto waited = commit_->wait(lsn);
      if (!waited && waited.error().code == Errc::kPoisoned) ++poisoned;
    });
  }
  volume_.hold(false);
  EXPECT_EQ(commit_->wait(lsn).error().code, Errc::kPoisoned);
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(poisoned, GetParam() ? 4 : 0);
  EXPECT_EQ(commit_->durable(), Lsn{1});
  EXPECT_EQ(enqueue().error().code, Errc::kPoisoned);
  EXPECT_EQ(commit_->close().error().code, Errc::kPoisoned);
  EXPECT_EQ(sink_.poisonings, 1);
  EXPECT_EQ(sink_.reported_poisonings, 1);
}

TEST_P(GroupCommitFailureTest, AnAppendThatThrowsPoisonsAndReleasesEveryone) {
  volume_.throw_at = 2;
  start();
  ASSERT_TRUE(commit_->wait(*enqueue()));
  EXPECT_EQ(commit_->wait(*enqueue()).error().code, Errc::kPoisoned);
  EXPECT_EQ(commit_->close().error().code, Errc::kPoisoned);
  EXPECT_EQ(volume_.started, 2U) << "nothing may be tried again";
}

TEST_P(GroupCommitFailureTest, AClosedLogRefusesAndKeepsWhatItKnows) {
  start();
  const Lsn lsn = *enqueue();
  ASSERT_TRUE(commit_->close());
  EXPECT_EQ(enqueue().error().code, Errc::kClosed);
  EXPECT_EQ(commit_->appended(), lsn);
  EXPECT_TRUE(commit_->wait(lsn)) << "what is durable stays durable";
  EXPECT_TRUE(commit_->close());
}

TEST_P(GroupCommitFailureTest, AFailedFlushPoisonsAndReleasesEveryone) {
  if (!GetParam()) GTEST_SKIP() << "needs the commit thread";
  volume_.fail_at = 2;
  start();
  ASSERT_TRUE(commit_->wait(*enqueue()));
  volume_.hold(true);
  const Lsn in_flight = *enqueue();
  volume_.wait_started(2);
  std::vector<std::thread> waiters;
  std::atomic<int> poisoned = 0;
  for (int i = 0; i < 8; ++i) {
    // Half wait for the group in flight, half for the next.
    const Lsn lsn = i % 2 == 0 ? in_flight : *enqueue();
    waiters.emplace_back([&, lsn] {
      const auto waited = commit_->wait(lsn);
      if (!waited && waited.error().code == Errc::kPoisoned) ++poisoned;
    });
  }
  volume_.hold(false);
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(poisoned, 8);
  EXPECT_EQ(commit_->durable(), Lsn{1});
  EXPECT_EQ(enqueue().error().code, Errc::kPoisoned);
  // The report comes after the waiters were released; only the thread's end is after both.
  EXPECT_EQ(commit_->close().error().code, Errc::kPoisoned);
  EXPECT_EQ(volume_.started, 2U) << "nothing may be tried again";
  EXPECT_EQ(sink_.folded.size(), 1U);
  EXPECT_EQ(sink_.poisonings, 1);
  EXPECT_EQ(sink_.reported_poisonings, 1);
}

TEST_P(GroupCommitFailureTest, AFencedWriterIsToldSo) {
  volume_.fail_at = 1;
  volume_.fail_with = Errc::kFenced;
  start();
  EXPECT_EQ(commit_->wait(*enqueue()).error().code, Errc::kFenced);
  EXPECT_EQ(enqueue().error().code, Errc::kFenced);
}

TEST_P(GroupCommitFailureTest, PoisonFromOutsideReleasesWaiters) {
  start();
  const Lsn lsn = *enqueue();
  ASSERT_TRUE(commit_->wait(lsn));
  commit_->poison({.code = Errc::kIo, .message = "a checkpoint"});
  EXPECT_EQ(enqueue().error().code, Errc::kPoisoned);
  EXPECT_TRUE(commit_->wait(lsn)) << "what is durable stays durable";
  EXPECT_FALSE(commit_->close());
  EXPECT_EQ(sink_.poisonings, 1);
  EXPECT_EQ(sink_.reported_poisonings, 1) << "who waits by callback must hear of it";
}

TEST_P(GroupCommitFailureTest, PoisonFromOutsideWithAGroupInFlightIsReportedOnce) {
  if (!GetParam()) GTEST_SKIP();
  start();
  volume_.hold(true);
  const Lsn lsn = *enqueue();
  std::thread waiter([&] { EXPECT_EQ(commit_->wait(lsn).error().code, Errc::kPoisoned); });
  volume_.wait_started(1);
  commit_->poison({.code = Errc::kIo, .message = "a checkpoint"});
  volume_.hold(false);
  waiter.join();
  EXPECT_FALSE(commit_->close());
  EXPECT_EQ(sink_.poisonings, 1);
  EXPECT_EQ(sink_.reported_poisonings, 1);
}
}  // namespace
}  // namespace seawall::commit
