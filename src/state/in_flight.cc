#include "state/in_flight.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "base/keyed_hash.h"
#include "format/record.h"
#include "state/client.h"
#include "state/client_table.h"
#include "state/named_client.h"
#include "state/operation_rule.h"

namespace seawall::state {
namespace {

format::OperationKind kind_of(const Operation& operation) {
  if (operation.kind == Operation::Kind::kApply) return format::OperationKind::kApply;
  return operation.keep_ids ? format::OperationKind::kClearKeepIds : format::OperationKind::kClear;
}

bool is_clear(format::OperationKind kind) {
  return kind != format::OperationKind::kApply;
}

}  // namespace

InFlight::InFlight() : filling_(chunks_.end()), buckets_(kBucketsMin) {}
InFlight::~InFlight() = default;

std::size_t InFlight::hash_of(const NamedClient* client, const Operation& operation) {
  const auto address = std::bit_cast<std::uintptr_t>(client);
  std::uint64_t hash = base::hash_words(operation.id.integer(), address);
  if (!operation.producer.empty()) {
    hash = base::hash_words(hash, base::hash_bytes(operation.producer));
  }
  if (operation.id.is_text()) {
    hash = base::hash_words(hash, base::hash_bytes(operation.id.text()));
  }
  return hash;
}

const InFlight::Entry* InFlight::newest_clear(const NamedClient& client) const {
  if (clears_.empty()) return nullptr;
  const auto found = clears_.find(&client);
  return found == clears_.end() ? nullptr : found->second;
}

// Gathers the evidence for the operation as if all that is in flight were folded; the table decides
// as the fold will.
InFlight::Decision InFlight::decide(const NamedClient& client, const Operation& operation,
                                    std::uint64_t oldest_us, std::size_t hash) const {
  const Client& state = client.state;
  const Entry* clear = newest_clear(client);
  const LifeStart life = clear != nullptr ? clear->life : LifeStart{};
  OperationEvidence evidence{.kind = kind_of(operation)};
  evidence.ended = clear != nullptr ? clear->kind == format::OperationKind::kClearKeepIds
                                    : static_cast<bool>(state.ended);
  // First those in flight: between a group's fold and its publication its ids are in both, and a
  // receipt's LSN must cover the original.
  const Entry* original = operation.id.is_none() ? nullptr : find(client, operation, hash, life);
  if (original != nullptr) {
    evidence.id_known = true;
  } else if (!operation.id.is_none()) {
    // A clear that is not folded yet will forget the ids of the life it ends, except the keys of
    // clears. `incarnation` is the newest clear that is folded.
    const bool will_forget = life.lsn > state.incarnation;
    evidence.id_known = will_forget ? state.knows_clear(operation.producer, operation.id)
                                    : state.knows(operation.producer, operation.id, oldest_us);
  }
  switch (state::decide(evidence)) {
    case OperationAction::kCleared:
      return {Outcome::kCleared, clear != nullptr ? clear->lsn : Lsn{}};
    case OperationAction::kDuplicate:
      return {Outcome::kDuplicate, original != nullptr ? original->lsn : Lsn{}};
    default:
      return {};
  }
}

// An entry is known to later operations when it is of the same life; the key of a clear always is.
const InFlight::Entry* InFlight::find(const NamedClient& client, const Operation& operation,
                                      std::size_t hash, const LifeStart& life) const {
  if (client.state.in_flight == 0) return nullptr;
  const Entry* entry = buckets_[hash & (buckets_.size() - 1)];
  for (; entry != nullptr; entry = entry->same_bucket) {
    if (entry->hash == hash && entry->place.client == &client &&
        (entry->sequence > life.sequence || is_clear(entry->kind)) && entry->id == operation.id &&
        entry->producer == operation.producer) {
      break;
    }
  }
  return entry;
}

InFlight::Decision InFlight::admit(const ClientTable::Place& place, const Operation& operation,
                                   Lsn lsn, std::uint64_t oldest_us) {
  const NamedClient& client = *place.client;
  const std::size_t hash = operation.id.is_none() ? 0 : hash_of(&client, operation);
  const Decision decision = decide(client, operation, oldest_us, hash);
  if (decision.outcome != Outcome::kCommitted) return decision;
  // All that may throw, none of which shows, ...
  Entry& entry = spare();
  entry.id = operation.id;
  entry.producer = operation.producer;
  make_bucket();
  entry.kind = kind_of(operation);
  Entry** newest = is_clear(entry.kind) ? &clears_[&client] : nullptr;
  // ... and from here on nothing does.
  entry.place = place;
  entry.lsn = lsn;
  entry.sequence = ++sequence_;
  entry.hash = hash;
  if (newest != nullptr) {
    entry.former_clear = std::exchange(*newest, &entry);
    if (entry.kind == format::OperationKind::kClear) {
      entry.life = {entry.sequence, lsn};
    } else {
      entry.life = entry.former_clear != nullptr ? entry.former_clear->life : LifeStart{};
    }
  }
  link(entry);
  return decision;
}

InFlight::Entry& InFlight::spare() {
  if (chunks_.empty()) {
    chunks_.emplace_back();
    filling_ = chunks_.begin();
  }
  if (filled_ < kChunkEntries) return (*filling_)[filled_];
  if (std::next(filling_) == chunks_.end()) chunks_.emplace_back();
  return std::next(filling_)->front();
}

void InFlight::link(Entry& entry) noexcept {
  if (filled_ == kChunkEntries) {
    ++filling_;
    filled_ = 0;
  }
  ++filled_;
  ++used_;
  entry.newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &entry;
  newest_ = &entry;
  ++entry.place.client->state.in_flight;
  if (entry.id.is_none()) return;
  Entry*& bucket = bucket_of(entry.hash);
  entry.same_bucket = bucket;
  bucket = &entry;
  ++hashed_;
}

bool InFlight::retire(Lsn durable, std::size_t entries_max) noexcept {
  for (; oldest_ != nullptr && oldest_->lsn <= durable; --entries_max) {
    if (entries_max == 0) return true;
    Entry& entry = *oldest_;
    if (is_clear(entry.kind)) {
      const auto newest = clears_.find(entry.place.client);
      if (newest->second == &entry) clears_.erase(newest);
    }
    oldest_ = entry.newer;
    if (oldest_ == nullptr) newest_ = nullptr;
    give_back(entry);
    if (++first_ == kChunkEntries) drop_oldest_chunk();
  }
  if (oldest_ == nullptr && buckets_.size() > kBucketsKeptMax) {
    buckets_.resize(kBucketsMin);
    buckets_.shrink_to_fit();
  }
  return false;
}

// A clear's `former_clear` is in flight still: nothing was retired since the clear was admitted.
void InFlight::roll_back(Lsn lsn) noexcept {
  while (newest_ != nullptr && newest_->lsn == lsn) {
    Entry& entry = *newest_;
    if (is_clear(entry.kind)) {
      const auto newest = clears_.find(entry.place.client);
      newest->second = entry.former_clear;
      if (newest->second == nullptr) clears_.erase(newest);
    }
    give_back(entry);
    if (--filled_ == 0 && filling_ != chunks_.begin()) {
      --filling_;
      filled_ = kChunkEntries;
    }
    newest_ = used_ == 0 ? nullptr : &(*filling_)[filled_ - 1];
    (newest_ == nullptr ? oldest_ : newest_->newer) = nullptr;
  }
}

void InFlight::give_back(Entry& entry) noexcept {
  --used_;
  --entry.place.client->state.in_flight;
  if (!entry.id.is_none()) {
    Entry** link = &bucket_of(entry.hash);
    while (*link != &entry) link = &(*link)->same_bucket;
    *link = entry.same_bucket;
    --hashed_;
  }
  if (entry.producer.capacity() > kKeptNameBytes) std::string().swap(entry.producer);
  if (entry.id.text().capacity() > kKeptNameBytes) {
    const BatchId gone(std::move(entry.id));  // an assignment would keep the memory
  }
}

// It is the next to be filled after those that are in use or spare, unless there are enough.
void InFlight::drop_oldest_chunk() noexcept {
  first_ = 0;
  if (chunks_.begin() == filling_) {
    filled_ = 0;
    return;
  }
  const std::size_t in_use = (used_ + kChunkEntries - 1) / kChunkEntries;
  if (chunks_.size() - in_use <= kSpareChunksMax) {
    chunks_.splice(chunks_.end(), chunks_, chunks_.begin());
  } else {
    chunks_.pop_front();
  }
}

// Makes room for one more; the former buckets stay until the new ones are there.
void InFlight::make_bucket() {
  if (hashed_ < buckets_.size()) return;
  std::vector<Entry*> former(2 * buckets_.size());
  former.swap(buckets_);
  for (Entry* entry : former) {
    while (entry != nullptr) {
      Entry& moved = *entry;
      entry = moved.same_bucket;
      Entry*& bucket = bucket_of(moved.hash);
      moved.same_bucket = bucket;
      bucket = &moved;
    }
  }
}

std::size_t InFlight::probes(const NamedClient& client, const Operation& operation) const {
  const std::size_t hash = hash_of(&client, operation);
  std::size_t probes = 0;
  const Entry* entry = buckets_[hash & (buckets_.size() - 1)];
  for (; entry != nullptr; entry = entry->same_bucket) ++probes;
  return probes;
}

std::size_t InFlight::memory_bytes() const {
  std::size_t bytes = buckets_.size() * sizeof(Entry*);
  for (const Chunk& chunk : chunks_) {
    bytes += sizeof chunk;
    for (const Entry& entry : chunk)
      bytes += entry.producer.capacity() + entry.id.text().capacity();
  }
  return bytes;
}

}  // namespace seawall::state
