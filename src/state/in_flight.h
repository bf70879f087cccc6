#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "seawall/types.h"

#include "state/client.h"
#include "state/client_table.h"

namespace seawall::state {

/// Operations that were given an LSN and are not yet durable. A duplicate of one waits for it and
/// shares its fate. Decisions are taken here in LSN order.
///
/// Entries form one list in LSN order and, where they have an id, a hash table by chaining; freed
/// ones are used again, so that the steady state allocates nothing.
///
/// Used under the commit mutex, except `Clients`; reads clients under their shard's mutex.
class InFlight {
  struct Entry;

 public:
  struct Decision {
    Outcome outcome = Outcome::kCommitted;
    /// Not committed: what must be durable before the outcome may be reported. 0: it is already.
    Lsn covering;
  };

  /// The clients of the operations in flight, oldest first. For the thread that commits, without
  /// the commit mutex: it asks for no more operations than its group has, and nobody else retires.
  class Clients {
   public:
    /// The group has at least `operations`, which may be looked at before their turn.
    Clients(const InFlight& in_flight, std::size_t operations)
        : next_(&in_flight.oldest_), ahead_(&in_flight.oldest_), ahead_left_(operations) {
      for (int i = 0; i < kAhead; ++i) prefetch();
    }
    ClientTable::Place next() {
      prefetch();
      const Entry& entry = **next_;
      next_ = &entry.newer;
      return entry.place;
    }

   private:
    static constexpr int kAhead = 8;  // a client comes from memory in the time of a few folds

    /// Has the processor fetch one client more.
    void prefetch() {
      if (ahead_left_ == 0) return;
      --ahead_left_;
      const Entry& entry = **ahead_;
      ahead_ = &entry.newer;
      __builtin_prefetch(entry.place.client);
      __builtin_prefetch(entry.place.client->name().data());
    }

    Entry* const* next_;
    Entry* const* ahead_;
    std::size_t ahead_left_;
  };

  InFlight() = default;
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() = default;

  /// Decides an operation that would get `lsn`, and registers it when it is to be committed. Ids
  /// with a time before `oldest_us` have expired. The caller holds the mutex of `place`'s shard.
  /// Exceptions: `bad_alloc`, with nothing registered.
  Decision admit(const ClientTable::Place& place, const Operation& operation, Lsn lsn,
                 std::uint64_t oldest_us);

  /// Removes what is durable, up to `entries_max` operations; returns whether there is more.
  [[nodiscard]] bool retire(Lsn durable, std::size_t entries_max) noexcept;

  /// Takes back every operation registered with `lsn`, the newest, none of which was enqueued.
  void roll_back(Lsn lsn) noexcept;

 private:
  static constexpr std::size_t kBucketsMin = 64;

  /// The lives of a client that has had a clear in flight, for as long as anything of it is.
  struct Lives {
    Lsn clear;                 ///< The newest.
    Lsn forget;                ///< The newest that forgets the ids; 0: all keep them.
    std::uint64_t number = 0;  ///< Of forgets since this was made: tells the lives apart.
    bool ended = false;
  };
  struct Entry {
    Entry* older = nullptr;       ///< The one before it in LSN order.
    std::optional<Lives> former;  ///< A clear's: the lives as they were before it, if any.
    bool is_clear = false;
    Entry* newer = nullptr;        ///< Next in LSN order, or in the list of free entries.
    Entry* same_bucket = nullptr;  ///< Next in its bucket.
    ClientTable::Place place;
    Lsn lsn;
    std::uint64_t life = 0;  ///< As Lives::number, or kAnyLife.
    std::size_t hash = 0;
    std::string producer;
    BatchId id;  ///< None: in no bucket.
  };
  static std::size_t hash_of(const NamedClient* client, const Operation& operation);
  [[nodiscard]] const Lives* find_lives(const NamedClient& client) const;
  [[nodiscard]] Decision decide(const NamedClient& client, const Operation& operation,
                                std::uint64_t oldest_us, std::size_t hash) const;
  /// Notes a clear that was admitted; returns the life of its key.
  static std::uint64_t begin_life(Lives& lives, const Operation& operation, Lsn lsn);
  [[nodiscard]] const Entry* find(const NamedClient& client, const Operation& operation,
                                  std::size_t hash, std::uint64_t life) const;
  /// Returns the entry that `append` will take.
  Entry& spare();
  void append(Entry& entry);
  void put_into_bucket(Entry& entry);
  void take_from_bucket(const Entry& entry);
  void grow();
  void forget_all();
  [[nodiscard]] Entry*& bucket_of(std::size_t hash) {
    return buckets_[hash & (buckets_.size() - 1)];
  }

  std::unordered_map<const NamedClient*, Lives> lives_;
  std::deque<Entry> entries_;  ///< Owns them.
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  Entry* free_ = nullptr;
  std::vector<Entry*> buckets_ = std::vector<Entry*>(kBucketsMin);  ///< A power of two.
  std::size_t hashed_ = 0;
};

}  // namespace seawall::state
