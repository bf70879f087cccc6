#pragma once

/// \file
/// Group commit over a volume whose appends can be held back and made to fail.

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

namespace seawall::commit {

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

}  // namespace seawall::commit
