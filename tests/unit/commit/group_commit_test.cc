// Group commit over a volume whose appends can be held back and made to fail.

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

namespace seawall::commit {
namespace {

/// Keeps groups in memory; a test decides when an append ends and how.
class GatedVolume final : public StorageVolume {
 public:
  [[nodiscard]] LogId log_id() const override { return {}; }
  [[nodiscard]] PublishedManifest manifest() const override { return {}; }
  [[nodiscard]] Result<std::unique_ptr<GroupScan>> scan() override { return nullptr; }
  [[nodiscard]] Result<std::string> get(std::string_view, std::uint64_t, std::uint64_t) override {
    return "";
  }
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() override {
    return {};
  }
  [[nodiscard]] Place describe(Location) const override { return {}; }
  [[nodiscard]] VolumeStats stats() const override { return {}; }
  [[nodiscard]] Epoch epoch() const override { return Epoch{1}; }
  [[nodiscard]] Result<void> start(const ChainEnd&) override { return {}; }
  [[nodiscard]] std::uint64_t group_bytes_hint() const override { return hint; }
  [[nodiscard]] std::uint64_t room(std::uint64_t) const override { return room_bytes; }
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes, std::uint64_t) override {
    if (full) return std::unexpected(Error{.code = Errc::kNoSpace, .message = "full"});
    room_bytes = bytes;
    return {};
  }
  [[nodiscard]] Result<void> put(std::string_view, std::string_view) override { return {}; }
  [[nodiscard]] Result<void> publish(const ManifestUpdate&) override { return {}; }
  void remove(const std::vector<std::string>&) override {}
  [[nodiscard]] bool wants_checkpoint() const override { return false; }
  [[nodiscard]] Result<void> maintain(std::uint64_t) override { return {}; }
  [[nodiscard]] Result<void> health() const override { return {}; }
  [[nodiscard]] Result<void> close() override { return {}; }

  [[nodiscard]] Result<Location> append(std::string_view group) override {
    std::unique_lock lock(mutex);
    ++started;
    changed.notify_all();
    changed.wait(lock, [&] { return !held; });
    if (throw_at != 0 && started >= throw_at) throw std::bad_alloc();
    if (fail_at != 0 && started >= fail_at) {
      return std::unexpected(Error{.code = fail_with, .os_errno = 5, .message = "flush"});
    }
    groups.emplace_back(group);
    return Location{groups.size()};
  }

  void wait_started(std::uint64_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return started >= count; });
  }
  void hold(bool on) {
    const std::scoped_lock lock(mutex);
    held = on;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool held = false;
  std::uint64_t started = 0;
  std::uint64_t fail_at = 0;
  std::uint64_t throw_at = 0;
  Errc fail_with = Errc::kIo;
  std::vector<std::string> groups;
  std::uint64_t hint = format::kGroupBytesTarget;
  std::atomic<std::uint64_t> room_bytes = std::uint64_t{1} << 30;
  std::atomic<bool> full = false;
};

class CountingSink final : public GroupSink {
 public:
  void fold(Lsn first_lsn, std::string) override {
    if (first_lsn == throw_at) throw std::bad_alloc();
    folded.push_back(first_lsn);
  }
  bool retire_locked(Lsn durable) noexcept override {
    retired = durable;
    return false;
  }
  void published(Lsn durable, const Error* error) noexcept override {
    publications.push_back(durable);
    if (error != nullptr) ++poisonings;
  }
  bool wants_reports() const noexcept override { return true; }
  void report(Lsn durable, const Error* error) noexcept override {
    reports.push_back(durable);
    reporters.insert(std::this_thread::get_id());
    if (error != nullptr) ++reported_poisonings;
  }
  std::vector<Lsn> folded;
  std::vector<Lsn> publications;
  std::vector<Lsn> reports;
  std::set<std::thread::id> reporters;
  Lsn retired;
  Lsn throw_at;
  int poisonings = 0;
  int reported_poisonings = 0;
};

class GroupCommitTest : public testing::TestWithParam<bool> {
 protected:
  void start(std::size_t records_max = 1000) {
    GroupCommitConfig config;
    config.epoch = Epoch{1};
    config.in_flight_records_max = records_max;
    config.in_flight_bytes_max = std::size_t{1} << 20;
    config.threaded = GetParam();
    config.chain.time = last_;
    config.text_ids_kept_us = kKeptUs;
    commit_ = std::make_unique<GroupCommit>(volume_, sink_, config);
  }

  Result<Lsn> enqueue(std::string_view data = "delta") {
    std::string payload;
    format::put_record(payload,
                       {1, {{"c", "", BatchId(1)}}, {{format::OperationKind::kApply, 0, data}}});
    std::string frame;
    format::put_frame(frame, payload);
    auto lock = commit_->lock();
    for (;;) {
      const auto admitted = commit_->admit_locked(lock, frame.size());
      if (!admitted) return std::unexpected(admitted.error());
      if (*admitted) break;
    }
    commit_->reserve_locked(frame.size());
    const Lsn lsn = commit_->enqueue_locked(frame);
    commit_->kick_locked();
    return lsn;
  }

  static constexpr std::uint64_t kKeptUs = std::uint64_t{10} * 86'400 * 1'000'000;
  GroupTime last_;
  GatedVolume volume_;
  CountingSink sink_;
  std::unique_ptr<GroupCommit> commit_;
};

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

TEST_P(GroupCommitTest, AFoldThatThrowsPoisonsAndReleasesEveryone) {
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

TEST_P(GroupCommitTest, AnAppendThatThrowsPoisonsAndReleasesEveryone) {
  volume_.throw_at = 2;
  start();
  ASSERT_TRUE(commit_->wait(*enqueue()));
  EXPECT_EQ(commit_->wait(*enqueue()).error().code, Errc::kPoisoned);
  EXPECT_EQ(commit_->close().error().code, Errc::kPoisoned);
  EXPECT_EQ(volume_.started, 2U) << "nothing may be tried again";
}

TEST_P(GroupCommitTest, AClosedLogRefusesAndKeepsWhatItKnows) {
  start();
  const Lsn lsn = *enqueue();
  ASSERT_TRUE(commit_->close());
  EXPECT_EQ(enqueue().error().code, Errc::kClosed);
  EXPECT_EQ(commit_->appended(), lsn);
  EXPECT_TRUE(commit_->wait(lsn)) << "what is durable stays durable";
  EXPECT_TRUE(commit_->close());
}

TEST_P(GroupCommitTest, AFailedFlushPoisonsAndReleasesEveryone) {
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

TEST_P(GroupCommitTest, AFencedWriterIsToldSo) {
  volume_.fail_at = 1;
  volume_.fail_with = Errc::kFenced;
  start();
  EXPECT_EQ(commit_->wait(*enqueue()).error().code, Errc::kFenced);
  EXPECT_EQ(enqueue().error().code, Errc::kFenced);
}

TEST_P(GroupCommitTest, PoisonFromOutsideReleasesWaiters) {
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

TEST_P(GroupCommitTest, PoisonFromOutsideWithAGroupInFlightIsReportedOnce) {
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
