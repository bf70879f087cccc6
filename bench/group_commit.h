#pragma once

/// \file
/// Group commit for peers that have none: callers queue, one of them commits all that wait.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "engine.h"

namespace seawall::bench {

class GroupCommit {
 public:
  /// `commit` makes all of its records durable, in one transaction; called by one thread at a time.
  explicit GroupCommit(std::function<void(std::span<const Write>)> commit)
      : commit_(std::move(commit)) {}

  /// Returns once `write` is durable.
  void persist(const Write& write) {
    std::unique_lock lock(mutex_);
    queue_.push_back(write);
    const std::uint64_t group = next_group_;
    // A caller whose group is still open when no one leads any more takes the lead itself.
    done_.wait(lock, [&] { return done_groups_ >= group || !leading_; });
    if (done_groups_ >= group) return;
    leading_ = true;
    taken_.swap(queue_);
    ++next_group_;
    lock.unlock();
    commit_(taken_);
    lock.lock();
    taken_.clear();
    done_groups_ = group;
    leading_ = false;
    done_.notify_all();
  }

 private:
  std::function<void(std::span<const Write>)> commit_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<Write> queue_;
  std::vector<Write> taken_;      // the leader's, while leading_
  std::uint64_t next_group_ = 1;  // the group that a record queued now belongs to
  std::uint64_t done_groups_ = 0;
  bool leading_ = false;
};

}  // namespace seawall::bench
