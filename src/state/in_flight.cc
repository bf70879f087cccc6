#include "state/in_flight.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "seawall/types.h"

#include "state/client.h"
#include "state/dedup_set.h"

namespace seawall::state {
namespace {

// A clear's key outlives lives, so in flight it belongs to all of them.
constexpr std::uint64_t kAnyLife = std::numeric_limits<std::uint64_t>::max();

constexpr std::size_t kHashFactor = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio (Knuth, TAOCP 6.4)

std::size_t mix(std::size_t seed, std::size_t value) {
  constexpr unsigned kFold = 29;
  seed = (seed ^ value) * kHashFactor;
  return seed ^ (seed >> kFold);
}

}  // namespace

std::size_t InFlight::KeyHash::operator()(const Key& key) const {
  std::size_t hash = std::hash<const NamedClient*>{}(key.client);
  hash = mix(hash, key.life);
  hash = mix(hash, key.id.integer());
  if (!key.producer.empty()) hash = mix(hash, std::hash<std::string>{}(key.producer));
  if (key.id.is_text()) hash = mix(hash, std::hash<std::string>{}(key.id.text()));
  return hash;
}

InFlight::Decision InFlight::decide(const NamedClient& client, const Operation& operation,
                                    std::uint64_t oldest_us, Key& key) const {
  const Client& state = client.second;
  const auto life = lives_.empty() ? lives_.end() : lives_.find(&client);
  const bool pending_clear = life != lives_.end();
  const bool ended = pending_clear ? life->second.ended : state.ended;
  key.life = pending_clear ? life->second.lsn.value : state.incarnation.value;
  if (ended && operation.kind == Operation::Kind::kApply) {
    return {Outcome::kCleared, pending_clear ? life->second.lsn : Lsn{}};
  }
  if (operation.id.is_none()) return {};
  // Ids of a life that a clear in flight ends are forgotten, except the keys of clears.
  const DedupSets* known = pending_clear ? state.clear_ids() : &state.ids;
  if (known != nullptr && known->contains(operation.producer, operation.id, oldest_us)) {
    return {Outcome::kDuplicate, {}};
  }
  if (ids_.empty()) return {};
  for (const std::uint64_t candidate : {key.life, kAnyLife}) {
    Key probe = key;
    probe.life = candidate;
    if (const auto found = ids_.find(probe); found != ids_.end()) {
      return {Outcome::kDuplicate, found->second};
    }
  }
  return {};
}

InFlight::Decision InFlight::admit(NamedClient& client, const Operation& operation, Lsn lsn,
                                   std::uint64_t oldest_us) {
  Key key{&client, 0, std::string(operation.producer), operation.id};
  const Decision decision = decide(client, operation, oldest_us, key);
  if (decision.outcome != Outcome::kCommitted) return decision;
  const bool is_clear = operation.kind == Operation::Kind::kClear;
  if (is_clear) {
    lives_[&client] = {lsn, operation.keep_ids};
    key.life = kAnyLife;
  }
  Entry entry{lsn, &client, nullptr};
  if (!operation.id.is_none()) entry.id = &ids_.emplace(std::move(key), lsn).first->first;
  entries_.push_back(entry);
  ++client.second.in_flight;
  return decision;
}

void InFlight::retire(Lsn durable) {
  while (!entries_.empty() && entries_.front().lsn <= durable) {
    const Entry& entry = entries_.front();
    if (entry.id != nullptr) ids_.erase(*entry.id);
    const auto life = lives_.empty() ? lives_.end() : lives_.find(entry.client);
    if (life != lives_.end() && life->second.lsn <= durable) lives_.erase(life);
    --entry.client->second.in_flight;
    entries_.pop_front();
  }
}

}  // namespace seawall::state
