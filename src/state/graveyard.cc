#include "state/graveyard.h"

#include <atomic>
#include <list>
#include <memory>
#include <new>
#include <utility>

#include "state/client.h"
#include "state/dedup_set.h"

namespace seawall::state {

LiveList::~LiveList() {
  while (first_) first_ = std::move(first_->next_dead);
}

void LiveList::push(std::unique_ptr<Live> live) noexcept {
  if (!live) return;
  live->charge.release();
  live->next_dead = std::move(first_);
  first_ = std::move(live);
}

void Graveyard::bury(std::unique_ptr<Live> live) noexcept {
  if (!live) return;
  states_.push(std::move(live));
  has_states_.store(true, std::memory_order_relaxed);
}

void Graveyard::bury(DedupSets&& ids) noexcept {
  // A client whose ids came in order holds no heap, and leaves nothing.
  if (!ids.has_heap()) {
    ids.clear();
    return;
  }
  try {
    ids_.push_back(std::move(ids));
    has_ids_.store(true, std::memory_order_relaxed);
  } catch (const std::bad_alloc&) {
    // Memory is short: giving it back at once matters more than how long that takes.
    ids.clear();
  }
}

std::list<DedupSets> Graveyard::take_ids() noexcept {
  has_ids_.store(false, std::memory_order_relaxed);
  return std::exchange(ids_, {});
}

LiveList Graveyard::take_states() noexcept {
  has_states_.store(false, std::memory_order_relaxed);
  return std::move(states_);
}

}  // namespace seawall::state
