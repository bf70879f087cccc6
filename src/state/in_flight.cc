#include "state/in_flight.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/types.h"

#include "state/client.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/named_client.h"

namespace seawall::state {
namespace {

// A clear's key outlives lives, so in flight it belongs to all of them.
constexpr std::uint64_t kAnyLife = std::numeric_limits<std::uint64_t>::max();

// A few large batches must not hold their memory for ever.
constexpr std::size_t kKeptEntriesMax = 65'536;

constexpr std::size_t kHashFactor = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio (Knuth, TAOCP 6.4)

std::size_t mix(std::size_t seed, std::size_t value) {
  constexpr unsigned kFold = 29;
  seed = (seed ^ value) * kHashFactor;
  return seed ^ (seed >> kFold);
}

}  // namespace

std::size_t InFlight::hash_of(const NamedClient* client, const Operation& operation) {
  std::size_t hash = std::hash<const NamedClient*>{}(client);
  hash = mix(hash, operation.id.integer());
  if (!operation.producer.empty()) {
    hash = mix(hash, std::hash<std::string_view>{}(operation.producer));
  }
  if (operation.id.is_text()) hash = mix(hash, std::hash<std::string>{}(operation.id.text()));
  return hash;
}

const InFlight::Lives* InFlight::find_lives(const NamedClient& client) const {
  const auto found = lives_.empty() ? lives_.end() : lives_.find(&client);
  return found == lives_.end() ? nullptr : &found->second;
}

InFlight::Decision InFlight::decide(const NamedClient& client, const Operation& operation,
                                    std::uint64_t oldest_us, std::size_t hash) const {
  const Client& state = client.state;
  const Lives* lives = find_lives(client);
  const bool ended = lives != nullptr ? lives->ended : state.ended;
  if (ended && operation.kind == Operation::Kind::kApply) {
    return {Outcome::kCleared, lives != nullptr ? lives->clear : Lsn{}};
  }
  if (operation.id.is_none()) return {};
  // First, because between a group's fold and its publication its ids are in both, and a receipt's
  // LSN must cover the original.
  if (const Entry* entry = find(client, operation, hash, lives != nullptr ? lives->number : 0)) {
    return {Outcome::kDuplicate, entry->lsn};
  }
  // A clear that is not folded yet will forget the ids of the life it ends, except the keys of
  // clears. `incarnation` is the newest clear that is folded.
  const bool will_forget = lives != nullptr && lives->forget > state.incarnation;
  const DedupSets* known = will_forget ? state.clear_ids() : &state.ids;
  if (known != nullptr && known->contains(operation.producer, operation.id, oldest_us)) {
    return {Outcome::kDuplicate, {}};
  }
  return {};
}

std::uint64_t InFlight::begin_life(Lives& lives, const Operation& operation, Lsn lsn) {
  lives.clear = lsn;
  lives.ended = operation.keep_ids;
  // Who is ended keeps the life's ids, the key of what ended it among them.
  if (operation.keep_ids) return lives.number;
  lives.forget = lsn;
  ++lives.number;
  return kAnyLife;
}

const InFlight::Entry* InFlight::find(const NamedClient& client, const Operation& operation,
                                      std::size_t hash, std::uint64_t life) const {
  if (client.state.in_flight == 0) return nullptr;
  const Entry* entry = buckets_[hash & (buckets_.size() - 1)];
  for (; entry != nullptr; entry = entry->same_bucket) {
    if (entry->hash == hash && entry->place.client == &client &&
        (entry->life == life || entry->life == kAnyLife) && entry->id == operation.id &&
        entry->producer == operation.producer) {
      break;
    }
  }
  return entry;
}

InFlight::Decision InFlight::admit(const ClientTable::Place& place, const Operation& operation,
                                   Lsn lsn, std::uint64_t oldest_us) {
  NamedClient& client = *place.client;
  const std::size_t hash = operation.id.is_none() ? 0 : hash_of(&client, operation);
  const Decision decision = decide(client, operation, oldest_us, hash);
  if (decision.outcome != Outcome::kCommitted) return decision;
  const Lives* lives = find_lives(client);
  // All that may throw, none of which shows, ...
  Entry& entry = spare();
  entry.id = operation.id;
  entry.producer = operation.producer;
  if (hashed_ == buckets_.size()) grow();
  entry.is_clear = operation.kind == Operation::Kind::kClear;
  entry.former.reset();
  if (entry.is_clear && lives != nullptr) entry.former = *lives;
  Lives* own = entry.is_clear ? &lives_[&client] : nullptr;
  // ... and from here on nothing does.
  std::uint64_t life = lives != nullptr ? lives->number : 0;
  if (own != nullptr) life = begin_life(*own, operation, lsn);
  entry.place = place;
  entry.lsn = lsn;
  entry.life = life;
  entry.hash = hash;
  append(entry);
  if (!entry.id.is_none()) put_into_bucket(entry);
  ++client.state.in_flight;
  return decision;
}

void InFlight::roll_back(Lsn lsn) noexcept {
  while (newest_ != nullptr && newest_->lsn == lsn) {
    Entry& entry = *newest_;
    if (!entry.id.is_none()) take_from_bucket(entry);
    if (entry.is_clear && entry.former) lives_[entry.place.client] = *entry.former;
    if (entry.is_clear && !entry.former) lives_.erase(entry.place.client);
    --entry.place.client->state.in_flight;
    newest_ = entry.older;
    (newest_ == nullptr ? oldest_ : newest_->newer) = nullptr;
    entry.newer = std::exchange(free_, &entry);
  }
}

bool InFlight::retire(Lsn durable, std::size_t entries_max) noexcept {
  for (; oldest_ != nullptr && oldest_->lsn <= durable; --entries_max) {
    if (entries_max == 0) return true;
    Entry& entry = *oldest_;
    if (!entry.id.is_none()) take_from_bucket(entry);
    const bool was_last = --entry.place.client->state.in_flight == 0;
    if (was_last && !lives_.empty()) lives_.erase(entry.place.client);
    oldest_ = entry.newer;
    if (oldest_ == nullptr) newest_ = nullptr;
    if (oldest_ != nullptr) oldest_->older = nullptr;
    entry.newer = free_;
    free_ = &entry;
  }
  if (oldest_ == nullptr && entries_.size() > kKeptEntriesMax) forget_all();
  return false;
}

void InFlight::forget_all() {
  entries_.clear();
  free_ = nullptr;
  buckets_.resize(kBucketsMin);
}

InFlight::Entry& InFlight::spare() {
  if (free_ == nullptr) free_ = &entries_.emplace_back();
  return *free_;
}

void InFlight::append(Entry& entry) {
  free_ = entry.newer;
  entry.newer = nullptr;
  entry.same_bucket = nullptr;
  entry.older = newest_;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &entry;
  newest_ = &entry;
}

void InFlight::put_into_bucket(Entry& entry) {
  Entry*& bucket = bucket_of(entry.hash);
  entry.same_bucket = bucket;
  bucket = &entry;
  ++hashed_;
}

void InFlight::take_from_bucket(const Entry& entry) {
  Entry** link = &bucket_of(entry.hash);
  while (*link != &entry) link = &(*link)->same_bucket;
  *link = entry.same_bucket;
  --hashed_;
}

void InFlight::grow() {
  const std::vector<Entry*> former =
      std::exchange(buckets_, std::vector<Entry*>(2 * buckets_.size()));
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

}  // namespace seawall::state
