#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client.h"
#include "state/client_table.h"

namespace seawall::state {

/// Operations that were given an LSN and are not yet durable. A duplicate of one waits for it and
/// shares its fate. Decisions are taken here in LSN order, by the table of operation_rule.h.
///
/// Entries lie in chunks, are taken and given back in LSN order and, where they have an id, form a
/// hash table by chaining. Emptied chunks are used again, so that the steady state allocates
/// nothing; no more than `kSpareChunksMax` are kept, nor long names.
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

  InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight();

  /// Decides an operation that would get `lsn`, and registers it when it is to be committed. Ids
  /// with a time before `oldest_us` have expired. The caller holds the mutex of `place`'s shard.
  /// Exceptions: `bad_alloc`, with nothing registered.
  Decision admit(const ClientTable::Place& place, const Operation& operation, Lsn lsn,
                 std::uint64_t oldest_us);

  /// Takes back every operation registered with `lsn`, the newest, none of which was enqueued.
  void roll_back(Lsn lsn) noexcept;

  /// Removes what is durable, up to `entries_max` operations; returns whether there is more.
  [[nodiscard]] bool retire(Lsn durable, std::size_t entries_max) noexcept;

  /// Returns how many entries a search for the operation's id looks at.
  [[nodiscard]] std::size_t probes(const NamedClient& client, const Operation& operation) const;

  /// Returns the memory held, in bytes. Takes time in proportion to it.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kBucketsMin = 64;
  static constexpr std::size_t kBucketsKeptMax = std::size_t{1} << 17;
  static constexpr std::size_t kChunkEntries = 128;
  /// A few large batches must not hold their memory for ever.
  static constexpr std::size_t kSpareChunksMax = 512;
  /// Names up to this size, such as UUIDs, keep their memory from entry to entry.
  static constexpr std::size_t kKeptNameBytes = 64;

  /// Which operations on a client are of its current life.
  struct LifeStart {
    std::uint64_t sequence = 0;  ///< Those that were admitted later.
    Lsn lsn;
  };
  struct Entry {
    Entry* newer = nullptr;        ///< Next in LSN order.
    Entry* same_bucket = nullptr;  ///< Next in its bucket.
    ClientTable::Place place;
    Lsn lsn;
    std::uint64_t sequence = 0;  ///< Of admissions: tells a record's operations apart.
    std::size_t hash = 0;
    Entry* former_clear = nullptr;  ///< A clear's: the client's clear before it, if in flight.
    LifeStart life;                 ///< A clear's: the newest that forgets the ids, it included.
    format::OperationKind kind = format::OperationKind::kApply;
    std::string producer;
    BatchId id;  ///< None: in no bucket.
  };
  using Chunk = std::array<Entry, kChunkEntries>;

  static std::size_t hash_of(const NamedClient* client, const Operation& operation);
  [[nodiscard]] const Entry* newest_clear(const NamedClient& client) const;
  [[nodiscard]] Decision decide(const NamedClient& client, const Operation& operation,
                                std::uint64_t oldest_us, std::size_t hash) const;
  [[nodiscard]] const Entry* find(const NamedClient& client, const Operation& operation,
                                  std::size_t hash, const LifeStart& life) const;
  /// Returns the entry that `link` will add, made when there is none to spare.
  Entry& spare();
  void link(Entry& entry) noexcept;
  void give_back(Entry& entry) noexcept;
  void drop_oldest_chunk() noexcept;
  void make_bucket();

  [[nodiscard]] Entry*& bucket_of(std::size_t hash) {
    return buckets_[hash & (buckets_.size() - 1)];
  }

  /// The newest clear in flight of each client that has one.
  std::unordered_map<const NamedClient*, Entry*> clears_;
  std::list<Chunk> chunks_;             ///< Oldest first; those behind `filling_` are spare.
  std::list<Chunk>::iterator filling_;  ///< Has the newest entry; the end while there is no chunk.
  std::size_t filled_ = 0;              ///< Entries of `filling_` up to the newest.
  std::size_t first_ = 0;               ///< Entries of the oldest chunk that are retired.
  std::size_t used_ = 0;
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  std::vector<Entry*> buckets_;  ///< A power of two.
  std::size_t hashed_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace seawall::state
