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
  ~MemoryCharge() {
    if (total_ != nullptr) total_->fetch_sub(bytes_, std::memory_order_relaxed);
  }
  void set(std::atomic<std::uint64_t>& total, std::uint64_t bytes) {
    total.fetch_add(bytes - bytes_, std::memory_order_relaxed);
    total_ = &total;
    bytes_ = bytes;
  }

 private:
  std::atomic<std::uint64_t>* total_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// A state in memory. Dropped at any time: checkpoint and tail can build it again.
struct Live {
  std::unique_ptr<LiveState> state;
  Lsn merged;                 ///< Deltas at or below are in `state`.
  std::uint32_t partial = 0;  ///< Deltas of the next record that are, too, before one failed.
  std::string serialized;     ///< `state` as bytes, unless `stale`.
  bool stale = true;
  std::uint32_t version = 0;  ///< The interpreter's version that made `serialized`.
  MemoryCharge charge;        ///< Against the memory budget.
  bool touched = false;       ///< Used since the eviction clock last passed.
};

/// Everything known of one client. Idle, beside its name: 128 bytes here plus the map's node.
/// Guarded by its shard's mutex, except where said.
struct Client {
  DedupSets ids;                         ///< Of the current life, keys of earlier clears included.
  std::unique_ptr<DedupSets> clear_ids;  ///< Keys of clears; they outlive lives. Usually none.
  std::unique_ptr<std::vector<Delta>> deltas;  ///< After `up_to`, in LSN order.
  std::unique_ptr<Live> live;
  Lsn last;                        ///< Last durable record.
  Lsn incarnation;                 ///< LSN of the clear that began this life, 0 for the first.
  Lsn up_to;                       ///< What the newest checkpoint entry covers.
  format::BodyPlace body;          ///< State in that entry.
  format::BodyPlace base;          ///< The body that holds its base, when elsewhere.
  std::uint32_t entry_object = 0;  ///< Object of the newest entry, 0 for none.
  std::uint32_t copies = 0;        ///< Entries of this client in live objects, void ones included.
  std::uint32_t in_flight = 0;     ///< Operations not yet durable. Guarded by the commit mutex.
  std::uint32_t waiting = 0;       ///< Threads that wait for it not to be busy.
  bool exists = false;             ///< Has a current life.
  bool ended = false;              ///< Cleared with keep_ids.
  bool dirty = false;              ///< Changed since its newest entry; listed in its shard.
  bool busy = false;               ///< Its state is being merged, or read, outside the mutex.
  bool in_clock = false;           ///< Listed by the eviction clock.
  bool voided = false;             ///< Its newest entry says only that there is no life.
};

/// A client with its name, as the table holds it. The address is stable while it is in the table.
using NamedClient = std::pair<const std::string, Client>;

}  // namespace seawall::state
