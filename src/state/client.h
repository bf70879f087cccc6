#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/state_interpreter_interface.h"
#include "seawall/types.h"

#include "format/checkpoint.h"
#include "state/dedup_set.h"
#include "state/entry_rule.h"
#include "state/entry_trail.h"

namespace seawall::state {

/// A delta that is durable and not in the client's checkpoint; its bytes are in the tail.
struct Delta {
  const char* data = nullptr;
  std::uint32_t length = 0;
  std::uint32_t version = 0;
  Lsn lsn;

  [[nodiscard]] std::string_view bytes() const { return {data, length}; }
};

/// Bytes charged to a total for as long as this object lives.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { release(); }
  void set(std::atomic<std::uint64_t>& total, std::uint64_t bytes) {
    total.fetch_add(bytes - bytes_, std::memory_order_relaxed);
    total_ = &total;
    bytes_ = bytes;
  }
  /// Gives the bytes back before the object's end.
  void release() noexcept {
    if (total_ != nullptr) total_->fetch_sub(bytes_, std::memory_order_relaxed);
    total_ = nullptr;
    bytes_ = 0;
  }

 private:
  std::atomic<std::uint64_t>* total_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// A state in memory. Dropped at any time: checkpoint and tail can build it again.
struct Live {
  std::unique_ptr<LiveState> state;
  Lsn merged;                                     ///< Deltas at or below are in `state`.
  std::shared_ptr<const std::string> serialized;  ///< `state` as bytes. Shared with its readers.
  std::uint32_t version = 0;        ///< The interpreter's version that made `serialized`.
  MemoryCharge charge;              ///< Against the memory budget.
  bool touched = false;             ///< Used since the eviction clock last passed.
  std::unique_ptr<Live> next_dead;  ///< The next of a LiveList.
};

/// Fields that most clients leave empty, allocated separately so that `Client` stays at 104 bytes.
struct RareState {
  format::BodyPlace base;  ///< The body that holds the newest entry's base, when elsewhere.
  DedupSets clear_ids;     ///< Keys of clears; they outlive lives.
  /// Ids of the life that a round encodes meanwhile, or could not give back (IdsLoan), else null.
  /// Not changed while lent.
  std::shared_ptr<DedupSets> lent;
};

/// Everything known of one client. Guarded by its shard's mutex, except where said.
///
/// Kept at 104 bytes, of which the last four are NamedClient's.
struct Client {
  DedupSets ids;  ///< Of this life, but for keys of clears and what is lent (RareState).
  std::unique_ptr<std::vector<Delta>> deltas;  ///< After the newest entry, in LSN order.
  std::unique_ptr<Live> live;
  std::unique_ptr<RareState> rare;
  Lsn last;         ///< Last durable record.
  Lsn incarnation;  ///< LSN of the clear that began this life, 0 for the first.
  [[no_unique_address]] EntryTrail trail;  ///< Its entries in checkpoint objects.
  std::uint32_t in_flight = 0;    ///< Operations not yet durable. Guarded by the commit mutex.
  std::uint16_t waiting = 0;      ///< Threads that wait for it to be neither busy nor merging.
  bool exists : 1 = false;        ///< Has a current life.
  bool ended : 1 = false;         ///< Cleared with keep_ids.
  bool dirty : 1 = false;         ///< Changed since a round took it; listed in its shard.
  bool busy : 1 = false;          ///< Taken out, see Checkout: rounds wait, and so does `retrieve`.
  bool merging : 1 = false;       ///< An interpreter works on copies of it; only `retrieve` waits.
  bool in_clock : 1 = false;      ///< Listed by the eviction clock.
  bool quarantined : 1 = false;   ///< May have lost records; a plain clear ends it.
  bool proven : 1 = false;        ///< Under a quarantine of unknown clients: must be remembered.
  bool contradicted : 1 = false;  ///< Its records contradict each other, or one was half folded.

  [[nodiscard]] format::BodyPlace base() const { return rare ? rare->base : format::BodyPlace{}; }
  /// Where the newest entry lies.
  [[nodiscard]] EntryPlaces places() const { return {trail.object(), trail.body(), base()}; }
  /// Makes the entry at `places` the newest. Allocates only for a base elsewhere, and not then when
  /// `own_rare` was called before.
  void adopt_entry(const EntryPlaces& places, Lsn up_to, bool is_void) {
    if (places.base.object != 0 || rare) own_rare().base = places.base;
    trail.adopt(places.object, places.body, up_to, is_void);
  }
  /// The newest entry holds this life, and not a former one.
  [[nodiscard]] bool is_stored() const { return exists && trail.up_to() >= incarnation; }
  [[nodiscard]] Remembered remembered() const {
    return {exists, ended, clear_ids() != nullptr, quarantined, proven};
  }
  /// What decides about the next entry when the newest entry's object goes or stays.
  [[nodiscard]] EntryEvidence entry_evidence(bool moves) const {
    return {remembered().any(), trail.newest(), trail.has_older(), moves};
  }
  /// Keys of clears, or null when there are none.
  [[nodiscard]] const DedupSets* clear_ids() const {
    return rare && !rare->clear_ids.empty() ? &rare->clear_ids : nullptr;
  }
  /// Returns whether the id is known: of this life, or the key of a clear of any. One with a time
  /// before `oldest_us` is not (DedupSets::contains).
  [[nodiscard]] bool knows(std::string_view producer, const BatchId& id,
                           std::uint64_t oldest_us) const {
    return ids.contains(producer, id, oldest_us) || knows_clear(producer, id) ||
           knows_lent(producer, id, oldest_us);
  }
  /// Returns whether a part of `ids` lies elsewhere: a round has it now, or a round could not give
  /// it back when memory ran short.
  [[nodiscard]] bool has_lent() const { return rare && rare->lent; }
  [[nodiscard]] bool knows_lent(std::string_view producer, const BatchId& id,
                                std::uint64_t oldest_us) const {
    return has_lent() && rare->lent->contains(producer, id, oldest_us);
  }
  [[nodiscard]] bool knows_clear(std::string_view producer, const BatchId& id) const {
    return rare && rare->clear_ids.contains(producer, id);
  }
  RareState& own_rare() {
    if (!rare) rare = std::make_unique<RareState>();
    return *rare;
  }
};

}  // namespace seawall::state
