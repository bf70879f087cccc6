#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/client_map.h"
#include "state/graveyard.h"
#include "state/named_client.h"

namespace seawall::state {

/// All clients of a log, in shards with a mutex each. Knows nothing of storage or interpreters.
///
/// Lock order: commit mutex, then one shard's mutex; never two shards.
class ClientTable {
 public:
  using Name = ClientName;

  struct Shard {
    std::mutex mutex;
    std::condition_variable idle;  ///< A client of the shard is no longer busy or merging.
    ClientMap clients;
    std::vector<NamedClient*> dirty;
    Graveyard graveyard;
  };

  /// Returns the shard that has or would have `name`.
  [[nodiscard]] Shard& shard_of(const Name& name) {
    // The slots take the hash's other bits (ClientSlots).
    constexpr unsigned kShardShift = 60;
    return shards_[name.hash >> kShardShift];
  }

  /// Where a client is. Valid while the client is in the table.
  struct Place {
    Shard* shard = nullptr;
    NamedClient* client = nullptr;
  };

  /// Returns the place of `name`, created empty when unknown.
  [[nodiscard]] Place find_or_create(const Name& name);

  /// Makes room for `clients` in all.
  void reserve(std::size_t clients);

  /// Has the processor fetch these clients, for look-ups to come. Only while nobody else uses the
  /// table.
  void prefetch(std::span<const Name> names);

  /// Returns the client, created empty when unknown. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient& find_or_create_locked(Shard& shard, const Name& name);

  /// Returns the client or null. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient* find_locked(Shard& shard, const Name& name);

  /// Folds the operations of one durable record, in LSN order; `time_us` is its group's time,
  /// `places` has the client of each. False when the record contradicts what is known
  /// (OperationAction::kRefuse), which only damage can cause.
  [[nodiscard]] bool fold(Lsn lsn, std::uint64_t time_us, const format::RecordView& record,
                          std::span<const Place> places);

  /// The same for a record whose clients are not known yet.
  [[nodiscard]] bool fold(Lsn lsn, std::uint64_t time_us, const format::RecordView& record);

  /// Calls `visit(const NamedClient&)` for every client that is there from begin to end; others may
  /// come and go meanwhile, as a shard's mutex is held for some hundreds at a time only.
  template <class Visit>
  void visit_all(Visit visit) {
    for (Shard& shard : shards_) {
      std::optional<ClientMap::Cursor> cursor = 0;
      while (cursor) {
        const std::scoped_lock lock(shard.mutex);
        cursor = shard.clients.visit_some(*cursor, visit);
      }
    }
  }

  /// Quarantines, or no longer, every client that the table does not hold as proven.
  void quarantine_unknown(bool quarantined) { unknown_quarantined_ = quarantined; }
  [[nodiscard]] bool unknown_quarantined() const { return unknown_quarantined_; }

  /// Returns whether a `fold` threw: what the table holds must not be made durable any more.
  [[nodiscard]] bool is_torn() const { return torn_; }

  /// Returns whether that happened to `client`, so that it holds half of a record. The caller holds
  /// the mutex of its shard.
  [[nodiscard]] bool is_half_folded_locked(const NamedClient& client) const {
    return torn_ && client.state.contradicted;
  }

  /// Returns whether `name` may have lost records.
  [[nodiscard]] bool is_quarantined(std::string_view name);

  /// Returns the quarantined clients it knows, sorted.
  [[nodiscard]] std::vector<std::string> quarantined_clients();

  /// Sets when a client is due for a checkpoint: after `records` deltas since the last one, once
  /// their bytes are `state_share` of its checkpointed state.
  void set_due(std::uint32_t records, double state_share) {
    due_records_ = records;
    due_share_ = state_share;
  }

  /// Returns the bytes of the deltas that made clients due since `forget_due`.
  [[nodiscard]] std::uint64_t due_bytes() const {
    return due_bytes_.load(std::memory_order_relaxed);
  }
  void forget_due() { due_bytes_ = 0; }

  /// Marks the client changed since its checkpoint. The caller holds `shard`'s mutex.
  static void mark_dirty_locked(Shard& shard, NamedClient& client);

  /// Calls `visit(Shard&, NamedClient&)` for every client, a shard at a time with its mutex held.
  template <class Visit>
  void for_each(Visit visit) {
    for (Shard& shard : shards_) {
      const std::scoped_lock lock(shard.mutex);
      shard.clients.for_each([&](NamedClient& client) { visit(shard, client); });
    }
  }

  /// Destroys the ids, or the live states, that clients left behind; no mutex is held meanwhile.
  /// States run their interpreter's destructors, so only threads that may run it call the second.
  void destroy_ids();
  void destroy_states();

  [[nodiscard]] std::array<Shard, 16>& shards() { return shards_; }

 private:
  using Operations = std::span<const format::OperationView* const>;

  [[nodiscard]] std::uint64_t bytes_due(const Client& client) const;
  /// Folds operations on one client in one critical section, so that no checkpoint sees half of a
  /// record.
  [[nodiscard]] bool fold_client(Lsn lsn, std::uint64_t time_us, const format::RecordView& record,
                                 const Place& place, Operations operations);

  std::array<Shard, 16> shards_;
  std::atomic<bool> unknown_quarantined_ = false;
  std::atomic<bool> torn_ = false;
  std::uint32_t due_records_ = 0;  ///< 0: never.
  double due_share_ = 0;
  std::atomic<std::uint64_t> due_bytes_ = 0;
};

}  // namespace seawall::state
