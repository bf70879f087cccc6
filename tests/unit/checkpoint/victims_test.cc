// Which objects rounds rewrite, over thousands of rounds: how much is written in all, and how many
// objects there are.
//
// Shown to fail when everything below a target that grows with the number of objects is folded, and
// when above 32 objects the smaller half is, as before.

#include "checkpoint/victims.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "checkpoint/object_writer.h"

namespace seawall::checkpoint {
namespace {

/// Clients of one size whose entries move from object to object.
class Rounds {
 public:
  Rounds(std::size_t clients, std::uint64_t state_bytes, std::uint64_t seed)
      : state_bytes_(state_bytes), object_of_(clients, 0), random_(seed) {}

  /// A round in which `changed` clients, drawn at random, have a new state.
  void run(std::size_t changed, const RoundLimits& limits = {}) {
    std::set<std::size_t> moved;
    while (moved.size() < std::min(changed, object_of_.size())) {
      moved.insert(random_() % object_of_.size());
    }
    handed_in_ += moved.size() * state_bytes_;
    const std::vector<std::uint64_t> victims = choose_victims(sizes(), limits);
    for (const std::uint64_t number : victims) {
      moved.insert(objects_[number].live.begin(), objects_[number].live.end());
    }
    write(moved);
    for (const std::uint64_t number : victims) {
      ASSERT_TRUE(objects_[number].live.empty());
      objects_.erase(number);
    }
  }

  void clear(std::size_t client) {
    const auto found = objects_.find(object_of_[client]);
    if (found != objects_.end()) found->second.live.erase(client);
    object_of_[client] = 0;
  }

  [[nodiscard]] double amplification() const {
    return static_cast<double>(written_) / static_cast<double>(handed_in_);
  }
  [[nodiscard]] std::size_t objects() const { return objects_.size(); }
  [[nodiscard]] std::uint64_t live_bytes() const {
    std::uint64_t sum = 0;
    for (const ObjectSize& object : sizes()) sum += object.live_bytes;
    return sum;
  }
  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const ObjectSize& object : sizes()) sum += object.bytes;
    return sum;
  }

 private:
  struct Object {
    std::uint64_t bytes = 0;
    std::set<std::size_t> live;
  };

  [[nodiscard]] std::vector<ObjectSize> sizes() const {
    std::vector<ObjectSize> sizes;
    for (const auto& [number, object] : objects_) {
      sizes.push_back({number, object.bytes, object.live.size() * state_bytes_});
    }
    return sizes;
  }

  void write(const std::set<std::size_t>& clients) {
    Object* open = nullptr;
    for (const std::size_t client : clients) {
      if (open == nullptr || open->bytes >= kObjectBytesTarget) open = &objects_[++last_];
      clear(client);
      object_of_[client] = last_;
      open->live.insert(client);
      open->bytes += state_bytes_;
      written_ += state_bytes_;
    }
  }

  std::uint64_t state_bytes_;
  std::vector<std::uint64_t> object_of_;
  std::map<std::uint64_t, Object> objects_;
  std::mt19937_64 random_;
  std::uint64_t last_ = 0;
  std::uint64_t handed_in_ = 0;
  std::uint64_t written_ = 0;
};

struct Traffic {
  std::size_t clients;
  std::uint64_t state_bytes;
  std::size_t changed;  ///< In each round.
  int rounds;
  double written_max = 4;  ///< Times what was handed in.
};

TEST(Victims, WriteLittleAndLeaveFew) {
  constexpr Traffic kTraffic[] = {
      {.clients = 50'000, .state_bytes = 20'000, .changed = 200, .rounds = 1'000},  // 1 GB
      {.clients = 200'000, .state_bytes = 20'000, .changed = 200, .rounds = 400},   // 4 GB
      {.clients = 2'000, .state_bytes = 100'000, .changed = 1, .rounds = 3'000},    // tiny rounds
      {.clients = 20'000, .state_bytes = 1'000, .changed = 1, .rounds = 4'000, .written_max = 6},
      {.clients = 300, .state_bytes = 3'000'000, .changed = 2, .rounds = 2'000},
      {.clients = 30'000, .state_bytes = 500, .changed = 3'000, .rounds = 300},
  };
  for (const Traffic& traffic : kTraffic) {
    Rounds rounds(traffic.clients, traffic.state_bytes, traffic.clients);
    std::size_t most = 0;
    for (int i = 0; i < traffic.rounds; ++i) {
      rounds.run(traffic.changed);
      const std::size_t full = rounds.live_bytes() / (kObjectBytesTarget / 4);
      most = std::max(most, rounds.objects() - std::min(rounds.objects(), full));
      ASSERT_LE(rounds.bytes(), 2 * rounds.live_bytes() + 2 * kObjectBytesTarget);
    }
    std::printf("%zu clients of %llu bytes, %zu a round: %.2f times, %zu objects for %llu MiB\n",
                traffic.clients, static_cast<unsigned long long>(traffic.state_bytes),
                traffic.changed, rounds.amplification(), rounds.objects(),
                static_cast<unsigned long long>(rounds.live_bytes() >> 20));
    EXPECT_LE(rounds.amplification(), traffic.written_max) << traffic.clients;
    EXPECT_LE(most, 3U * 7U + 2U) << traffic.clients;
  }
}

TEST(Victims, WithoutSpaceOnlyDeadObjectsGoAtFirst) {
  Rounds rounds(1'000, 20'000, 1);
  for (int i = 0; i < 20; ++i) rounds.run(200);
  for (std::size_t client = 0; client < 800; ++client) rounds.clear(client);
  RoundLimits limits;
  EXPECT_TRUE(limits.shrink());
  EXPECT_TRUE(limits.takes_lives());
  EXPECT_TRUE(limits.shrink());
  EXPECT_FALSE(limits.takes_lives());
  EXPECT_FALSE(limits.shrink());
  for (int i = 0; !limits.is_whole(); ++i) {
    const std::uint64_t before = rounds.bytes();
    rounds.run(0, limits);
    EXPECT_LE(rounds.bytes(), before);
    limits.grow();
    ASSERT_LT(i, 20);
  }
  EXPECT_LE(rounds.bytes(), 2 * rounds.live_bytes());
}

}  // namespace
}  // namespace seawall::checkpoint
