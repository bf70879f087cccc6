#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"

namespace seawall::state {

/// All clients of a log, in shards with a mutex each. Knows nothing of storage or interpreters.
///
/// Lock order: commit mutex, then one shard's mutex; never two shards.
class ClientTable {
 public:
  /// A client's name with its hash, which one call then computes once.
  struct Name {
    template <std::convertible_to<std::string_view> Text>
    Name(const Text& name)  // NOLINT(google-explicit-constructor): any name may be looked up
        : text(name), hash(std::hash<std::string_view>{}(text)) {}
    std::string_view text;
    std::size_t hash;
    friend bool operator==(const Name& name, const std::string& other) {
      return name.text == other;
    }
  };
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(const Name& name) const { return name.hash; }
  };
  using Map = std::unordered_map<std::string, Client, NameHash, std::equal_to<>>;

  struct Shard {
    std::mutex mutex;
    std::condition_variable idle;  ///< A client of the shard is no longer busy or merging.
    Map clients;
    std::vector<NamedClient*> dirty;
  };

  /// Returns the shard that has or would have `name`.
  [[nodiscard]] Shard& shard_of(const Name& name) {
    // The map uses the hash's low bits; the shard takes high ones.
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

  /// Returns the client, created empty when unknown. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient& find_or_create_locked(Shard& shard, const Name& name);

  /// Returns the client or null. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient* find_locked(Shard& shard, const Name& name);

  /// Folds the operations of one durable record, in LSN order; `wall_us` is its group's time,
  /// `places` has the client of each. False when the record contradicts what is known
  /// (OperationAction::kRefuse), which only damage can cause.
  [[nodiscard]] bool fold(Lsn lsn, std::uint64_t wall_us, const format::RecordView& record,
                          std::span<const Place> places);

  /// The same for a record whose clients are not known yet.
  [[nodiscard]] bool fold(Lsn lsn, std::uint64_t wall_us, const format::RecordView& record);

  /// Quarantines, or no longer, every client that the table does not hold as proven.
  void quarantine_unknown(bool quarantined) { unknown_quarantined_ = quarantined; }
  [[nodiscard]] bool unknown_quarantined() const { return unknown_quarantined_; }

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
      // NOLINTNEXTLINE(misc-const-correctness): `visit` may change the client
      for (NamedClient& client : shard.clients) visit(shard, client);
    }
  }

  [[nodiscard]] std::array<Shard, 16>& shards() { return shards_; }

 private:
  using Operations = std::span<const format::OperationView* const>;

  [[nodiscard]] std::uint64_t bytes_due(const Client& client) const;
  /// Folds operations on one client in one critical section, so that no checkpoint sees half of a
  /// record.
  [[nodiscard]] bool fold_client(Lsn lsn, std::uint64_t wall_us, const format::RecordView& record,
                                 const Place& place, Operations operations);

  std::array<Shard, 16> shards_;
  std::atomic<bool> unknown_quarantined_ = false;
  std::uint32_t due_records_ = 0;  ///< 0: never.
  double due_share_ = 0;
  std::atomic<std::uint64_t> due_bytes_ = 0;
};

}  // namespace seawall::state
