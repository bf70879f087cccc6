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
#include "base/exceptions.h"
#include "base/futex.h"
#include "commit/pending_queue.h"
#include "commit/retention_clock.h"
#include "format/group.h"

namespace seawall::commit {

/// The right to commit one group. Its end, whatever ends it, releases those who wait for the group
/// and lets the next begin; unless `flushed` says otherwise by then, the log is poisoned.
class GroupCommit::Turn {
 public:
  Turn(GroupCommit& commit, std::unique_lock<std::mutex>& lock, std::uint64_t callers)
      : commit_(commit), lock_(lock), callers_(callers), generation_(++commit.started_) {
    commit_.committing_ = true;
  }
  ~Turn() {
    if (!lock_) lock_ = commit_.lock();
    commit_.end_turn(lock_, generation_, callers_, std::move(flushed));
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Result<void> flushed = std::unexpected(Error{.code = Errc::kIo, .message = "cancelled"});

 private:
  GroupCommit& commit_;
  std::unique_lock<std::mutex>& lock_;
  const std::uint64_t callers_;
  const std::uint64_t generation_;
};

GroupCommit::GroupCommit(StorageVolume& volume, GroupSink& sink, const GroupCommitConfig& config)
    : volume_(volume),
      sink_(sink),
      config_(config),
      marks_(Lsn{config.chain.next_lsn.value - 1}),
      queue_(config.chain.next_lsn),
      reported_(marks_.durable()),
      chain_(config.chain),
      clock_(config.chain.time, machine_time(), config.text_ids_kept_us) {
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
  if (health_.failed()) return std::unexpected(health_.error());
  if (stopping_) {
    return std::unexpected(
        base::make_error(Errc::kClosed, "the log is closed: open it again", {}, "closed"));
  }
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
    room_ = volume_.room(group_bytes);
    room_group_bytes_ = group_bytes;
  }
  if (needed <= room_) return true;
  room_ = volume_.room(group_bytes);
  room_group_bytes_ = group_bytes;
  if (needed <= room_) return true;
  lock.unlock();
  auto made = volume_.make_room(needed, group_bytes);
  lock.lock();
  room_group_bytes_ = 0;
  if (!made) return std::unexpected(std::move(made.error()));
  return false;
}

Lsn GroupCommit::enqueue_locked(std::string_view frame) noexcept {
  queue_.push(frame);
  arrivals_.note_arrival();
  return marks_.append();
}

void GroupCommit::kick_locked() noexcept {
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
    if (health_.failed()) return std::unexpected(health_.error());
    if (lsn > marks_.appended()) {
      return std::unexpected(
          Error{.code = Errc::kInvalidArgument, .message = "that LSN was never given out"});
    }
    if (!committing_ && is_alone_locked()) {
      commit_group(lock, 1);
      if (!config_.threaded) report(lock);
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

std::optional<Error> GroupCommit::health() noexcept {
  const auto held = lock();
  if (!health_.failed()) return std::nullopt;
  return health_.error();
}

void GroupCommit::begin_reports() {
  const auto held = lock();
  reported_ = marks_.durable();
  if (health_.failed()) kick_locked();
}

void GroupCommit::poison(const Error& cause) noexcept {
  auto held = lock();
  if (health_.failed()) return;
  fail_locked(base::copy_of(cause));
  held.unlock();
  wake(0);
  wake(1);
  held = lock();
  // A group in flight tells of it at its end.
  if (committing_) return;
  committing_ = true;
  publish_failure(held);
  committing_ = false;
  if (config_.threaded) {
    kick_locked();
  } else {
    report(held);
  }
}

Result<void> GroupCommit::close() noexcept {
  {
    auto held = lock();
    stopping_ = true;
    while (!config_.threaded && !health_.failed() && !queue_.empty()) {
      commit_group(held, 0);
      report(held);
    }
    work_word_.fetch_add(1);
  }
  base::futex_wake_all(work_word_);
  if (thread_.joinable()) thread_.join();
  const auto held = lock();
  if (health_.failed()) return std::unexpected(health_.error());
  return {};
}

void GroupCommit::run() {
  auto held = lock();
  for (;;) {
    const bool has_work = !queue_.empty() && !health_.failed();
    if (has_work && !committing_) {
      commit_group(held, 0);
      report(held);
      held.unlock();
      arrivals_.gather();
      held = lock();
      continue;
    }
    if (owes_report_locked()) {
      report(held);
      continue;
    }
    if (stopping_ && !has_work && !committing_) return;
    const std::uint32_t seen = work_word_.load();
    thread_idle_ = true;
    held.unlock();
    base::futex_wait(work_word_, seen);
    arrivals_.gather();
    held = lock();
    thread_idle_ = false;
  }
}

void GroupCommit::commit_group(std::unique_lock<std::mutex>& lock, std::uint64_t callers) {
  Turn turn(*this, lock, callers);
  turn.flushed = base::catching([&] { return flush(lock); });
}

Result<void> GroupCommit::flush(std::unique_lock<std::mutex>& lock) {
  PendingQueue::Group group =
      queue_.take(std::min(volume_.group_bytes_hint(), format::kGroupBytesTarget));
  in_flight_bytes_ = align_up(group.bytes.size());
  in_flight_records_ = group.records;
  marks_.write(Lsn{group.first_lsn.value + group.records - 1});
  const Lsn durable = marks_.durable();
  lock.unlock();
  return append(std::move(group), durable);
}

Result<void> GroupCommit::append(PendingQueue::Group group, Lsn durable) {
  format::GroupHeader header;
  header.log_id = config_.log_id;
  header.epoch = config_.epoch;
  header.group_number = chain_.next_group;
  header.first_lsn = group.first_lsn;
  header.time = clock_.group_time(machine_time());
  header.durable = durable;
  header.previous_checksum = chain_.checksum;
  header.interpreter_fingerprint = config_.interpreter_fingerprint;
  header = format::seal_group(header, group.bytes);
  const std::uint64_t begin_ns = base::monotonic_ns();
  auto location = volume_.append(group.bytes);
  arrivals_.note_append(base::monotonic_ns() - begin_ns);
  if (!location) return std::unexpected(std::move(location.error()));
  chain_ = {header.group_number + 1, header.end_lsn(), header.checksum, header.time, header.epoch};
  groups_.fetch_add(1, std::memory_order_relaxed);
  sink_.fold(group.first_lsn, std::move(group.bytes));
  return {};
}

void GroupCommit::end_turn(std::unique_lock<std::mutex>& lock, std::uint64_t generation,
                           std::uint64_t callers, Result<void> flushed) noexcept {
  in_flight_bytes_ = 0;
  in_flight_records_ = 0;
  room_group_bytes_ = 0;
  if (!flushed) {
    fail_locked(std::move(flushed.error()));
  } else if (!health_.failed()) {
    marks_.make_durable(marks_.written());
  }
  const std::uint64_t sleepers = std::exchange(sleepers_[generation % 2], 0);
  released_ = sleepers + callers;
  arrivals_.note_released(released_);
  const bool failed = health_.failed();
  const std::optional<Error> failure = take_failure_locked();
  const Lsn durable = marks_.durable();
  lock.unlock();
  if (sleepers > 0) wake(generation);
  if (failed) wake(generation + 1);
  // Still `committing_`, so that it is told in order.
  sink_.published(durable, failure ? &*failure : nullptr);
  lock = this->lock();
  while (!failed && sink_.retire_locked(durable)) {
    lock.unlock();
    lock = this->lock();
  }
  publish_failure(lock);
  committing_ = false;
  // The commit thread may wait for this turn's end, to go on or to end itself.
  if (!queue_.empty() || stopping_ || owes_report_locked()) kick_locked();
}

void GroupCommit::fail_locked(Error cause) noexcept {
  health_.fail(std::move(cause));
  queue_.clear();
}

std::optional<Error> GroupCommit::take_failure_locked() noexcept {
  if (!health_.failed() || std::exchange(failure_published_, true)) return std::nullopt;
  return health_.error();
}

void GroupCommit::publish_failure(std::unique_lock<std::mutex>& lock) noexcept {
  const std::optional<Error> failure = take_failure_locked();
  if (!failure) return;
  const Lsn durable = marks_.durable();
  lock.unlock();
  sink_.published(durable, &*failure);
  lock = this->lock();
}

bool GroupCommit::owes_report_locked() const noexcept {
  return sink_.wants_reports() &&
         (marks_.durable() > reported_ || (health_.failed() && !failure_reported_));
}

void GroupCommit::report(std::unique_lock<std::mutex>& lock) noexcept {
  if (!owes_report_locked()) return;
  reported_ = marks_.durable();
  std::optional<Error> failure;
  if (health_.failed() && !std::exchange(failure_reported_, true)) failure = health_.error();
  const Lsn durable = reported_;
  lock.unlock();
  sink_.report(durable, failure ? &*failure : nullptr);
  lock = this->lock();
}

void GroupCommit::wake(std::uint64_t generation) noexcept {
  std::atomic<std::uint32_t>& word = group_words_[generation % 2];
  word.fetch_add(1);
  base::futex_wake_all(word);
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
