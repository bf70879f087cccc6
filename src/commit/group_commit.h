#pragma once

/// \file
/// Group commit: many callers, one flush. Design: docs/design/0003-group-commit.md.
///
/// A commit thread flushes all that is pending, publishes, wakes the whole group with one call on
/// one futex word, and only then takes the next group, so that the callers it released are in it:
/// group size adapts to the device's latency without a timer. A caller that is alone flushes
/// inline and saves two thread switches.
///
/// Order at a flush: append (durable), fold, publish, wake, callback. One group is in flight.
/// Every exit path clears `committing_` and wakes both words; a failed append poisons.

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

#include "commit/marks.h"
#include "commit/pending_queue.h"

namespace seawall::commit {

/// What happens to groups that became durable. Called on the thread that committed, in log order,
/// never by two threads at once.
class GroupSink {
 public:
  GroupSink() = default;
  GroupSink(const GroupSink&) = delete;
  GroupSink& operator=(const GroupSink&) = delete;
  virtual ~GroupSink() = default;

  /// Takes in a durable group, before its LSNs are published.
  virtual void fold(Lsn first_lsn, std::string group) = 0;

  /// Forgets some of what is no longer in flight; returns whether there is more. Called with
  /// admission locked, after `durable` was published and before the next group is folded.
  [[nodiscard]] virtual bool retire_locked(Lsn durable) = 0;

  /// Reports the new durable LSN after its waiters were woken, or the error that poisoned.
  virtual void published(Lsn durable, const Error* poisoned) = 0;
};

struct GroupCommitConfig {
  LogId log_id{};
  Epoch epoch;
  ChainEnd chain;
  std::uint32_t interpreter_fingerprint = 0;
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
  /// room. Errors: `kBusy`, `kNoSpace`, `kPoisoned`, `kFenced`.
  [[nodiscard]] Result<bool> admit_locked(std::unique_lock<std::mutex>& lock,
                                          std::uint64_t frame_bytes);

  /// Appends an admitted, sealed frame to the pending group and returns its LSN.
  Lsn enqueue_locked(std::string_view frame);

  /// Returns the LSN that the next `enqueue_locked` will give.
  [[nodiscard]] Lsn next_locked() const { return Lsn{marks_.appended().value + 1}; }

  /// Has the commit thread flush what is pending; for callers that do not wait.
  void kick_locked();

  /// Blocks until `lsn` is durable; commits inline when alone.
  [[nodiscard]] Result<void> wait(Lsn lsn);

  /// The same for the holder of `lock`, so that a caller enqueues and waits in one critical
  /// section. Releases it.
  [[nodiscard]] Result<void> wait_locked(std::unique_lock<std::mutex> lock, Lsn lsn);

  [[nodiscard]] Lsn durable() const { return marks_.durable(); }
  [[nodiscard]] Lsn appended();
  [[nodiscard]] std::uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }

  /// Returns the error that poisoned the log, if one did.
  [[nodiscard]] std::optional<Error> health();

  /// Refuses every later commit; for failures outside of commits.
  void poison(const Error& cause);

  /// Commits what is pending and ends the commit thread. Errors: what poisoned the log.
  [[nodiscard]] Result<void> close();

 private:
  void run();
  [[nodiscard]] bool is_alone_locked() const;
  void sleep(std::unique_lock<std::mutex>& lock, Lsn lsn);
  void commit_group(std::unique_lock<std::mutex>& lock, std::uint64_t callers);
  Result<void> append(PendingQueue::Group group, Lsn durable);
  std::uint64_t finish_locked(const Result<void>& appended, std::uint64_t generation);
  void poison_locked(const Error& cause);
  void report_poison(std::unique_lock<std::mutex>& lock);
  void wake(std::uint64_t generation);
  void gather() const;
  [[nodiscard]] std::uint64_t reserved_bytes_locked() const;
  [[nodiscard]] std::uint64_t align_up(std::uint64_t bytes) const;

  StorageVolume& volume_;
  GroupSink& sink_;
  const GroupCommitConfig config_;

  std::mutex mutex_;
  Marks marks_;
  PendingQueue queue_;
  std::optional<Error> health_;
  bool committing_ = false;
  bool stopping_ = false;
  bool thread_idle_ = false;
  std::uint64_t started_ = 0;  ///< Groups ever taken; its parity names a group's futex word.
  std::array<std::uint64_t, 2> sleepers_{};  ///< Threads that wait on each word.
  std::uint64_t released_ = 0;               ///< Callers whom the last group released.
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t in_flight_records_ = 0;
  std::uint64_t room_ = 0;  ///< What `volume_.room(room_group_bytes_)` last said.
  std::uint64_t room_group_bytes_ = 0;

  ChainEnd chain_;  ///< Used by whoever commits.
  std::array<std::atomic<std::uint32_t>, 2> group_words_{};
  std::atomic<std::uint32_t> work_word_ = 0;
  std::atomic<std::uint64_t> enqueued_ = 0;
  std::atomic<std::uint64_t> expected_ =
      0;  ///< `enqueued_` once all whom a group released are back.
  std::atomic<std::uint64_t> append_ns_ = 0;  ///< How long the last append took.
  std::atomic<std::uint64_t> groups_ = 0;
  std::thread thread_;
};

}  // namespace seawall::commit
