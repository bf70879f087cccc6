#pragma once

#include <atomic>
#include <list>
#include <memory>

#include "state/client.h"
#include "state/dedup_set.h"

namespace seawall::state {

/// States that wait to be destroyed, linked through themselves, so that adding one neither
/// allocates nor fails.
class LiveList {
 public:
  LiveList() = default;
  LiveList(LiveList&& other) noexcept = default;
  LiveList(const LiveList&) = delete;
  LiveList& operator=(const LiveList&) = delete;
  LiveList& operator=(LiveList&&) = delete;
  /// Destroys the states, one after the other: a chain of owners would recurse once per state.
  ~LiveList();

  /// Takes `live`, which may be null, and gives its memory back to the budget.
  void push(std::unique_ptr<Live> live) noexcept;
  [[nodiscard]] bool empty() const { return first_ == nullptr; }

 private:
  std::unique_ptr<Live> first_;
};

/// What the clients of one shard left behind: the ids of a life that was cleared, states in memory
/// that are of no more use. To destroy them may take long (a set of millions of ids) or run a
/// user's destructor, so that they are only put here under the shard's mutex, in constant time, and
/// destroyed outside of every lock (`ClientTable::destroy_remains`).
///
/// Thread safety: the shard's mutex guards it, but for `has_ids` and `has_states`.
class Graveyard {
 public:
  void bury(std::unique_ptr<Live> live) noexcept;
  void bury(DedupSets&& ids) noexcept;

  /// May be called without the mutex, to find out whether taking it is worth while.
  [[nodiscard]] bool has_ids() const { return has_ids_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool has_states() const { return has_states_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::list<DedupSets> take_ids() noexcept;
  [[nodiscard]] LiveList take_states() noexcept;

 private:
  LiveList states_;
  std::list<DedupSets> ids_;
  std::atomic<bool> has_ids_ = false;
  std::atomic<bool> has_states_ = false;
};

}  // namespace seawall::state
