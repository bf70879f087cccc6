#pragma once

#include <array>
#include <atomic>
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
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };
  using Map = std::unordered_map<std::string, Client, NameHash, std::equal_to<>>;

  struct Shard {
    std::mutex mutex;
    std::condition_variable idle;  ///< A client of the shard is no longer busy.
    Map clients;
    std::vector<NamedClient*> dirty;
  };

  /// Returns the shard that has or would have `name`.
  [[nodiscard]] Shard& shard_of(std::string_view name) {
    // The map uses the hash's low bits; the shard takes high ones.
    constexpr unsigned kShardShift = 60;
    return shards_[NameHash{}(name) >> kShardShift];
  }

  /// Returns the client, created empty when unknown. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient& find_or_create_locked(Shard& shard, std::string_view name);

  /// Returns the client or null. The caller holds `shard`'s mutex.
  [[nodiscard]] static NamedClient* find_locked(Shard& shard, std::string_view name);

  /// Folds the operations of one durable record, in LSN order. False when the record contradicts
  /// what is known (OperationAction::kRefuse), which only damage can cause.
  [[nodiscard]] bool fold(Lsn lsn, const format::RecordView& record);

  /// From now on a client with `records` deltas since its checkpoint makes `take_due` true.
  void set_due_after(std::uint32_t records) { due_after_ = records; }

  /// Returns whether a client became due since the last call.
  [[nodiscard]] bool take_due() { return due_ && due_.exchange(false); }

  /// Marks the client changed since its checkpoint. The caller holds `shard`'s mutex.
  static void mark_dirty_locked(Shard& shard, NamedClient& client);

  /// Calls `visit(Shard&, NamedClient&)` for every client, a shard at a time with its mutex held.
  template <class Visit>
  void for_each(Visit visit) {
    for (Shard& shard : shards_) {
      const std::scoped_lock lock(shard.mutex);
      for (NamedClient& client : shard.clients) visit(shard, client);
    }
  }

  [[nodiscard]] std::array<Shard, 16>& shards() { return shards_; }

 private:
  using Operations = std::span<const format::OperationView* const>;

  /// Folds operations on one client in one critical section, so that no checkpoint sees half of a
  /// record.
  [[nodiscard]] bool fold_client(Lsn lsn, const format::RecordView& record, Operations operations);

  std::array<Shard, 16> shards_;
  std::uint32_t due_after_ = 0;  ///< 0: never.
  std::atomic<bool> due_ = false;
};

}  // namespace seawall::state
