#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/state_interpreter_interface.h"

#include "state/body_loader.h"
#include "state/checkout.h"
#include "state/client.h"
#include "state/client_table.h"

namespace seawall::state {

/// What a reader of a client that holds half of a record is told.
[[nodiscard]] Error half_folded_error();

/// States in memory, merged on demand in the thread that asks, within a byte budget. Cold ones are
/// dropped by the clock algorithm (second chance; Corbato 1968) and loaded again on use.
///
/// Thread safety: all methods may be called from any thread.
class LiveStates {
 public:
  LiveStates(ClientTable& table, BodyLoader& loader, std::size_t bytes_max)
      : table_(table), loader_(loader), bytes_max_(bytes_max) {}

  /// Returns the client's merged state as bytes; nothing when it has no current life. Errors:
  /// `half_folded_error`, and what the loader or the interpreter returned.
  [[nodiscard]] Result<std::optional<std::string>> retrieve(
      const StateInterpreterInterface& interpreter, std::string_view client);

  /// Merges the client in `checkout` and charges the budget.
  [[nodiscard]] Result<void> merge(const StateInterpreterInterface& interpreter,
                                   Checkout& checkout);

  /// Lists a client that `merge` gave a live state, once its checkout is over, and keeps the
  /// budget.
  void admit(std::string_view client);

  /// Drops the clients from the clock that have no live state any more, so that they may be
  /// erased from the table.
  void sweep();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t count();
  [[nodiscard]] BodyLoader& loader() { return loader_; }

 private:
  /// Drops states, longest unused first, until the budget holds.
  void evict();
  /// Moves the clock on by some clients; those that `drop(shard, client)` is true for leave it.
  template <class Drop>
  void turn_locked(std::size_t clients, Drop drop);

  ClientTable& table_;
  BodyLoader& loader_;
  const std::size_t bytes_max_;
  std::atomic<std::uint64_t> bytes_ = 0;

  std::mutex clock_mutex_;  ///< Before a shard's mutex in lock order.
  std::deque<NamedClient*> clock_;
};

}  // namespace seawall::state
