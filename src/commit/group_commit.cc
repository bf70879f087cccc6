#include "commit/group_commit.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/clock.h"
#include "base/cpu_pause.h"
#include "base/futex.h"
#include "commit/pending_queue.h"
#include "format/group.h"

namespace seawall::commit {

GroupCommit::GroupCommit(StorageVolume& volume, GroupSink& sink, const GroupCommitConfig& config)
    : volume_(volume),
      sink_(sink),
      config_(config),
      marks_(Lsn{config.chain.next_lsn.value - 1}),
      queue_(config.chain.next_lsn),
      chain_(config.chain) {
  if (config_.threaded) thread_ = std::thread([this] { run(); });
}

GroupCommit::~GroupCommit() {
  // Nothing acknowledged depends on a clean end; whoever wants the result calls close().
  static_cast<void>(close().has_value());
}

std::unique_lock<std::mutex> GroupCommit::lock() {
  // Held for about a hundred nanoseconds at a time: to try again is cheaper than to sleep and be
  // woken, as every caller would who finds another one inside.
  constexpr int kTries = 64;
  std::unique_lock held(mutex_, std::try_to_lock);
  for (int i = 0; i < kTries && !held; ++i) {
    base::cpu_pause();
    static_cast<void>(held.try_lock());
  }
  if (!held) held.lock();
  return held;
}

Result<bool> GroupCommit::admit_locked(std::unique_lock<std::mutex>& lock,
                                       std::uint64_t frame_bytes) {
  if (health_) return std::unexpected(*health_);
  const std::uint64_t records = queue_.records() + in_flight_records_;
  const std::uint64_t bytes = queue_.bytes() + in_flight_bytes_;
  if (records >= config_.in_flight_records_max ||
      (records > 0 && bytes + frame_bytes > config_.in_flight_bytes_max)) {
    return std::unexpected(
        Error{.code = Errc::kBusy,
              .message = "too much in flight: wait for an earlier record, then call again"});
  }
  const std::uint64_t group_bytes =
      align_up(format::kGroupHeaderBytes + std::max(queue_.frame_bytes_max(), frame_bytes));
  const std::uint64_t needed = reserved_bytes_locked() + group_bytes;
  if (group_bytes > room_group_bytes_) {
    room_group_bytes_ = group_bytes;
    room_ = volume_.room(room_group_bytes_);
  }
  if (needed <= room_) return true;
  room_group_bytes_ = group_bytes;
  room_ = volume_.room(room_group_bytes_);
  if (needed <= room_) return true;
  lock.unlock();
  auto made = volume_.make_room(needed, group_bytes);
  lock.lock();
  room_group_bytes_ = 0;
  if (!made) return std::unexpected(std::move(made.error()));
  return false;
}

Lsn GroupCommit::enqueue_locked(std::string_view frame) {
  queue_.push(frame);
  enqueued_.store(enqueued_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return marks_.append();
}

void GroupCommit::kick_locked() {
  if (!thread_idle_) return;
  // One wake is enough: until the thread has the lock, everyone who comes would make the same call.
  thread_idle_ = false;
  work_word_.fetch_add(1);
  base::futex_wake_all(work_word_);
}

Result<void> GroupCommit::wait(Lsn lsn) {
  if (marks_.durable() >= lsn) return {};
  return wait_locked(lock(), lsn);
}

Result<void> GroupCommit::wait_locked(std::unique_lock<std::mutex> lock, Lsn lsn) {
  while (marks_.durable() < lsn) {
    if (!lock) lock = this->lock();
    if (marks_.durable() >= lsn) break;
    if (health_) return std::unexpected(*health_);
    if (lsn > marks_.appended()) {
      return std::unexpected(
          Error{.code = Errc::kInvalidArgument, .message = "that LSN was never given out"});
    }
    if (!committing_ && is_alone_locked()) {
      commit_group(lock, 1);
    } else {
      sleep(lock, lsn);
    }
  }
  return {};
}

// Whoever was released together with others will soon have company again; a group of one would make
// them all wait for a flush more.
bool GroupCommit::is_alone_locked() const {
  return !config_.threaded || (queue_.records() == 1 && released_ <= 1);
}

void GroupCommit::sleep(std::unique_lock<std::mutex>& lock, Lsn lsn) {
  const std::uint64_t generation = lsn <= marks_.written() ? started_ : started_ + 1;
  const std::atomic<std::uint32_t>& word = group_words_[generation % 2];
  const std::uint32_t seen = word.load();
  ++sleepers_[generation % 2];
  if (!committing_) kick_locked();
  lock.unlock();
  base::futex_wait(word, seen);
}

Lsn GroupCommit::appended() {
  const auto held = lock();
  return marks_.appended();
}

std::optional<Error> GroupCommit::health() {
  const auto held = lock();
  return health_;
}

void GroupCommit::poison(const Error& cause) {
  auto held = lock();
  if (health_) return;
  poison_locked(cause);
  held.unlock();
  wake(0);
  wake(1);
  held = lock();
  // Whoever waits by callback alone must hear of it too; a group in flight reports it at its end.
  if (committing_) return;
  committing_ = true;
  report_poison(held);
  committing_ = false;
}

void GroupCommit::report_poison(std::unique_lock<std::mutex>& lock) {
  const Error error = *health_;
  const Lsn durable = marks_.durable();
  lock.unlock();
  sink_.published(durable, &error);
  lock = this->lock();
}

Result<void> GroupCommit::close() {
  {
    auto held = lock();
    while (!config_.threaded && !health_ && !queue_.empty()) commit_group(held, 0);
    stopping_ = true;
    work_word_.fetch_add(1);
  }
  base::futex_wake_all(work_word_);
  if (thread_.joinable()) thread_.join();
  const auto held = lock();
  if (health_) return std::unexpected(*health_);
  return {};
}

void GroupCommit::run() {
  auto held = lock();
  for (;;) {
    const bool has_work = !queue_.empty() && !health_;
    if (has_work && !committing_) {
      commit_group(held, 0);
      held.unlock();
      gather();
      held = lock();
      continue;
    }
    if (stopping_ && !has_work) return;
    const std::uint32_t seen = work_word_.load();
    thread_idle_ = true;
    held.unlock();
    base::futex_wait(work_word_, seen);
    gather();
    held = lock();
    thread_idle_ = false;
  }
}

void GroupCommit::commit_group(std::unique_lock<std::mutex>& lock, std::uint64_t callers) {
  committing_ = true;
  const std::uint64_t generation = ++started_;
  PendingQueue::Group group =
      queue_.take(std::min(volume_.group_bytes_hint(), format::kGroupBytesTarget));
  in_flight_bytes_ = align_up(group.bytes.size());
  in_flight_records_ = group.records;
  marks_.write(Lsn{group.first_lsn.value + group.records - 1});
  const Lsn durable = marks_.durable();
  lock.unlock();

  const Result<void> appended = append(std::move(group), durable);

  lock = this->lock();
  const std::uint64_t sleepers = finish_locked(appended, generation);
  released_ = sleepers + callers;
  expected_.store(enqueued_.load(std::memory_order_relaxed) + released_, std::memory_order_relaxed);
  const std::optional<Error> poisoned = health_;
  const Lsn published = marks_.durable();
  lock.unlock();
  if (sleepers > 0) wake(generation);
  if (poisoned) wake(generation + 1);
  // Still `committing_`, so that reports come in order.
  sink_.published(published, poisoned ? &*poisoned : nullptr);
  lock = this->lock();
  while (!poisoned && sink_.retire_locked(published)) {
    lock.unlock();
    lock = this->lock();
  }
  if (health_ && !poisoned) report_poison(lock);
  committing_ = false;
  if (!queue_.empty()) kick_locked();
}

Result<void> GroupCommit::append(PendingQueue::Group group, Lsn durable) {
  format::GroupHeader header;
  header.log_id = config_.log_id;
  header.epoch = config_.epoch;
  header.group_number = chain_.next_group;
  header.first_lsn = group.first_lsn;
  header.wall_us = std::max(base::wall_us(), chain_.wall_us);
  header.durable = durable;
  header.previous_checksum = chain_.checksum;
  header.interpreter_fingerprint = config_.interpreter_fingerprint;
  header = format::seal_group(header, group.bytes);
  const std::uint64_t begin_ns = base::monotonic_ns();
  auto location = volume_.append(group.bytes);
  append_ns_.store(base::monotonic_ns() - begin_ns, std::memory_order_relaxed);
  if (!location) return std::unexpected(std::move(location.error()));
  chain_ = {header.group_number + 1, header.end_lsn(), header.checksum, header.wall_us,
            header.epoch};
  groups_.fetch_add(1, std::memory_order_relaxed);
  sink_.fold(group.first_lsn, std::move(group.bytes));
  return {};
}

// Returns how many threads wait for the group.
std::uint64_t GroupCommit::finish_locked(const Result<void>& appended, std::uint64_t generation) {
  in_flight_bytes_ = 0;
  in_flight_records_ = 0;
  room_group_bytes_ = 0;
  if (!appended) {
    poison_locked(appended.error());
  } else if (!health_) {
    marks_.make_durable(marks_.written());
  }
  return std::exchange(sleepers_[generation % 2], 0);
}

void GroupCommit::poison_locked(const Error& cause) {
  // Whatever the cause, the outcome of what was in flight is unknown: the kernel may have dropped
  // the dirty pages and report success next time, so nothing is tried again (guarantee F1).
  health_ = cause;
  if (cause.code != Errc::kFenced) {
    health_->code = Errc::kPoisoned;
    health_->message = "a commit failed, close the log and open it again: " + cause.message;
  }
  queue_.clear();
}

void GroupCommit::wake(std::uint64_t generation) {
  std::atomic<std::uint32_t>& word = group_words_[generation % 2];
  word.fetch_add(1);
  base::futex_wake_all(word);
}

// Full groups decide the throughput with many callers (docs/design/0003-group-commit.md). The
// callers just released run now and most are back within a fraction of a flush: waits until they
// are and nobody else comes, no longer than it could gain.
void GroupCommit::gather() const {
  constexpr std::uint64_t kPatienceShare = 4;  // of a flush, in all
  constexpr std::uint64_t kQuietShare = 16;    // of a flush, without an arrival
  const std::uint64_t append_ns = append_ns_.load(std::memory_order_relaxed);
  const std::uint64_t expected = expected_.load(std::memory_order_relaxed);
  const std::uint64_t begin_ns = base::monotonic_ns();
  std::uint64_t quiet_since_ns = begin_ns;
  std::uint64_t before = enqueued_.load(std::memory_order_relaxed);
  for (;;) {
    std::this_thread::yield();
    const std::uint64_t enqueued = enqueued_.load(std::memory_order_relaxed);
    const std::uint64_t now_ns = base::monotonic_ns();
    if (now_ns - begin_ns >= append_ns / kPatienceShare) return;
    if (enqueued != before) {
      before = enqueued;
      quiet_since_ns = now_ns;
    } else if (enqueued >= expected || now_ns - quiet_since_ns >= append_ns / kQuietShare) {
      return;
    }
  }
}

std::uint64_t GroupCommit::reserved_bytes_locked() const {
  // A split at a segment's end adds a header and alignment per group; `room` accounts for the
  // bytes wasted there, so one extra per pending group is enough.
  const std::uint64_t per_group = align_up(format::kGroupHeaderBytes + 1);
  return in_flight_bytes_ + align_up(queue_.bytes()) + (queue_.groups() + 1) * per_group;
}

std::uint64_t GroupCommit::align_up(std::uint64_t bytes) const {
  const std::uint64_t align = volume_.group_align_bytes();
  return (bytes + align - 1) / align * align;
}

}  // namespace seawall::commit
