#pragma once

/// \file
/// Group commit: many callers, one flush. Design: docs/design/0003-group-commit.md.
///
/// A commit thread flushes all that is pending, publishes, wakes the whole group with one call on
/// one futex word, and only then takes the next group, so that the callers it released are in it:
/// group size adapts to the device's latency without a timer. A caller that is alone flushes
/// inline and saves two thread switches.
///
/// Order at a flush: append (durable), fold, wake, publish, retire, report. One group is in flight:
/// its `Turn` gives back the right to commit and wakes on every exit path, exceptions included. An
/// append that failed, and whatever is thrown once records have their LSNs, poisons
/// (docs/design/0010-exceptions.md).

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "commit/arrivals.h"
#include "commit/health.h"
#include "commit/marks.h"
#include "commit/pending_queue.h"
#include "commit/retention_clock.h"

namespace seawall::commit {

/// What happens to groups that became durable. Called in log order, never by two threads at once;
/// on the thread that committed, which may be a caller's, except `report`.
class GroupSink {
 public:
  GroupSink() = default;
  GroupSink(const GroupSink&) = delete;
  GroupSink& operator=(const GroupSink&) = delete;
  virtual ~GroupSink() = default;

  /// Takes in a durable group, before its LSNs are published. What it throws poisons the log.
  virtual void fold(Lsn first_lsn, std::string group) = 0;

  /// Forgets some of what is no longer in flight; returns whether there is more. Called with
  /// admission locked, after `durable` was published and before the next group is folded.
  [[nodiscard]] virtual bool retire_locked(Lsn durable) noexcept = 0;

  /// Hears of the new durable LSN after its waiters were woken, or of the error that poisoned. The
  /// next group waits for it, so it must not block.
  virtual void published(Lsn durable, const Error* poisoned) noexcept = 0;

  /// Returns whether there is anyone for `report` to tell.
  [[nodiscard]] virtual bool wants_reports() const noexcept = 0;

  /// Tells what `published` heard to code that may block, with nothing locked. Always called on the
  /// commit thread (without one, on the caller's), once for all groups since the last report.
  virtual void report(Lsn durable, const Error* poisoned) noexcept = 0;
};

struct GroupCommitConfig {
  LogId log_id{};
  Epoch epoch;
  ChainEnd chain;
  std::uint32_t interpreter_fingerprint = 0;
  std::uint64_t text_ids_kept_us = 0;  ///< As Options.
  std::size_t in_flight_records_max = 0;
  std::size_t in_flight_bytes_max = 0;
  /// False: no commit thread, waiters commit. Makes every run with one caller the same.
  bool threaded = true;
};

/// Thread safety: all methods may be called from any thread; `_locked` ones by the holder of
/// `lock()`.
class GroupCommit {
 public:
  GroupCommit(StorageVolume& volume, GroupSink& sink, const GroupCommitConfig& config);
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Locks admission: what is decided while it is held is decided in LSN order.
  [[nodiscard]] std::unique_lock<std::mutex> lock();

  /// Checks that a frame may be enqueued: health, in-flight limits, room in the storage. Must be
  /// called again after it was `false`, which means that `lock` was released meanwhile to make
  /// room. Errors: `kBusy`, `kNoSpace`, `kPoisoned`, `kFenced`, `kClosed`.
  [[nodiscard]] Result<bool> admit_locked(std::unique_lock<std::mutex>& lock,
                                          std::uint64_t frame_bytes);

  /// Makes sure that enqueueing a frame of `frame_bytes` or fewer allocates nothing. Throws
  /// bad_alloc, having changed nothing.
  void reserve_locked(std::size_t frame_bytes) { queue_.reserve(frame_bytes); }

  /// Appends an admitted, sealed frame, for which `reserve_locked` made room, to the pending group
  /// and returns its LSN.
  Lsn enqueue_locked(std::string_view frame) noexcept;

  /// Returns the LSN that the next `enqueue_locked` will give.
  [[nodiscard]] Lsn next_locked() const { return Lsn{marks_.appended().value + 1}; }

  /// Has the commit thread flush what is pending; for callers that do not wait.
  void kick_locked() noexcept;

  /// Has what becomes durable from here on reported; for a sink that begins to want reports. A log
  /// that is poisoned is reported at once.
  void begin_reports();

  /// Blocks until `lsn` is durable; commits inline when alone.
  [[nodiscard]] Result<void> wait(Lsn lsn);

  /// The same for the holder of `lock`, so that a caller enqueues and waits in one critical
  /// section. Releases it.
  [[nodiscard]] Result<void> wait_locked(std::unique_lock<std::mutex> lock, Lsn lsn);

  [[nodiscard]] Lsn durable() const { return marks_.durable(); }
  [[nodiscard]] Lsn appended();
  [[nodiscard]] std::uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }

  /// Returns the error that poisoned the log, if one did.
  [[nodiscard]] std::optional<Error> health() noexcept;

  /// Refuses every later commit; for failures outside of commits.
  void poison(const Error& cause) noexcept;

  /// Commits what is pending, reports it, refuses what comes after, and ends the commit thread.
  /// Errors: what poisoned the log.
  [[nodiscard]] Result<void> close() noexcept;

 private:
  class Turn;
  void run();
  [[nodiscard]] bool is_alone_locked() const;
  void sleep(std::unique_lock<std::mutex>& lock, Lsn lsn);
  void commit_group(std::unique_lock<std::mutex>& lock, std::uint64_t callers);
  Result<void> flush(std::unique_lock<std::mutex>& lock);
  Result<void> append(PendingQueue::Group group, Lsn durable);
  void end_turn(std::unique_lock<std::mutex>& lock, std::uint64_t generation, std::uint64_t callers,
                Result<void> flushed) noexcept;
  /// Returns the failure to the first who asks.
  std::optional<Error> take_failure_locked() noexcept;
  void fail_locked(Error cause) noexcept;
  void publish_failure(std::unique_lock<std::mutex>& lock) noexcept;
  [[nodiscard]] bool owes_report_locked() const noexcept;
  void report(std::unique_lock<std::mutex>& lock) noexcept;
  void wake(std::uint64_t generation) noexcept;
  [[nodiscard]] std::uint64_t reserved_bytes_locked() const;
  [[nodiscard]] std::uint64_t align_up(std::uint64_t bytes) const;

  StorageVolume& volume_;
  GroupSink& sink_;
  const GroupCommitConfig config_;

  std::mutex mutex_;
  Marks marks_;
  PendingQueue queue_;
  Health health_;
  bool failure_published_ = false;
  bool failure_reported_ = false;
  Lsn reported_;
  bool committing_ = false;  ///< A `Turn` is under way.
  bool stopping_ = false;
  bool thread_idle_ = false;
  std::uint64_t started_ = 0;  ///< Groups ever taken; its parity names a group's futex word.
  std::array<std::uint64_t, 2> sleepers_{};  ///< Threads that wait on each word.
  std::uint64_t released_ = 0;               ///< Callers whom the last group released.
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t in_flight_records_ = 0;
  std::uint64_t room_ = 0;  ///< What `volume_.room(room_group_bytes_)` last said.
  std::uint64_t room_group_bytes_ = 0;

  ChainEnd chain_;  ///< Used by whoever commits, as the next.
  RetentionClock clock_;
  std::array<std::atomic<std::uint32_t>, 2> group_words_{};
  std::atomic<std::uint32_t> work_word_ = 0;
  Arrivals arrivals_;
  std::atomic<std::uint64_t> groups_ = 0;
  std::thread thread_;
};

}  // namespace seawall::commit
