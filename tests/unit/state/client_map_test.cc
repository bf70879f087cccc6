#include "state/client_map.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "state/named_client.h"
#include "unit/state/colliding_texts.h"

namespace seawall::state {
namespace {

using Model = std::map<std::string, NamedClient*>;

void expect_equal(const ClientMap& map, const Model& model) {
  RC_ASSERT(map.size() == model.size());
  for (const auto& [name, client] : model) {
    RC_ASSERT(map.find(name) == client);
    RC_ASSERT(client->name() == name);
  }
  std::size_t visited = 0;
  map.for_each([&](const NamedClient& client) {
    ++visited;
    RC_ASSERT(model.at(std::string(client.name())) == &client);
  });
  RC_ASSERT(visited == model.size());
}

// Few slots and names, so that searches cross each other and the array's end.
RC_GTEST_PROP(ClientMap, AgreesWithAMap, ()) {
  ClientMap map;
  Model model;
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, int>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 60)));
  for (const auto& [creates, number] : steps) {
    const std::string name = "client" + std::to_string(number);
    if (creates) {
      NamedClient& client = map.find_or_create(name);
      const auto [place, is_new] = model.emplace(name, &client);
      RC_ASSERT(place->second == &client);
    } else if (const auto found = model.find(name); found != model.end()) {
      map.erase(*found->second);
      model.erase(found);
    } else {
      RC_ASSERT(map.find(name) == nullptr);
    }
    expect_equal(map, model);
  }
}

TEST(ClientMap, GrowsAndKeepsAddressesAndStates) {
  constexpr std::size_t kClients = 10'000;
  ClientMap map;
  Model model;
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::string name = std::string(i % 300, 'x') + std::to_string(i);
    NamedClient& client = map.find_or_create(name);
    client.state.in_flight = static_cast<std::uint32_t>(i);
    model[name] = &client;
  }
  EXPECT_EQ(map.size(), model.size());
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::string name = std::string(i % 300, 'x') + std::to_string(i);
    ASSERT_EQ(map.find(name), model[name]);
    ASSERT_EQ(map.find(name)->state.in_flight, i);
  }
}

// Names whose std::hash is the same, as who knows the library could choose them.
TEST(ClientMap, ChosenNamesDoNotCollide) {
  const std::vector<std::string> names = colliding_texts(20'000);
  ClientMap map;
  for (const std::string& name : names) static_cast<void>(map.find_or_create(name));
  std::size_t slots = 0;
  std::size_t compared = 0;
  for (const std::string& name : names) {
    const ClientSlots::Probes probes = map.probes(name);
    slots += probes.slots;
    compared += probes.names;
  }
  EXPECT_LE(slots, 8 * names.size());
  EXPECT_LE(compared, names.size() + names.size() / 8);
}

// Added, looked up and erased while clients move from the smaller array to the larger one.
TEST(ClientMap, FindsClientsThatAreBeingMoved) {
  std::mt19937_64 random(3);
  ClientMap map;
  Model model;
  std::size_t moving = 0;
  for (std::size_t i = 0; i < 60'000; ++i) {
    const std::string name = "client-" + std::to_string(i);
    model[name] = &map.find_or_create(name);
    const std::string other = "client-" + std::to_string(random() % (i + 1));
    const auto found = model.find(other);
    ASSERT_EQ(map.find(other), found == model.end() ? nullptr : found->second);
    if (map.moving()) ++moving;
    if (found == model.end() || random() % 4 != 0) continue;
    map.erase(*found->second);
    model.erase(found);
    ASSERT_EQ(map.find(other), nullptr);
  }
  EXPECT_GT(moving, 1'000U);
  expect_equal(map, model);
}

// A walk in slices, with others who add and erase in between: who stays is visited once.
TEST(ClientMap, AWalkInSlicesVisitsWhoStaysOnce) {
  constexpr std::size_t kStaying = 5'000;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    ClientMap map;
    std::map<std::string, int> visits;
    std::vector<NamedClient*> guests;
    for (std::size_t i = 0; i < kStaying; ++i) {
      const std::string name = "staying-" + std::to_string(i);
      static_cast<void>(map.find_or_create(name));
      visits[name] = 0;
    }
    std::size_t calls = 0;
    std::size_t added = 0;
    for (std::optional<ClientMap::Cursor> cursor = 0; cursor; ++calls) {
      cursor = map.visit_some(*cursor, [&](const NamedClient& client) {
        const auto found = visits.find(std::string(client.name()));
        if (found != visits.end()) ++found->second;
      });
      for (std::uint64_t k = random() % 2'000; k > 0; --k) {
        guests.push_back(&map.find_or_create("guest-" + std::to_string(++added)));
      }
      for (std::uint64_t k = random() % (guests.size() + 1) / 2; k > 0; --k) {
        map.erase(*guests.back());
        guests.pop_back();
      }
    }
    EXPECT_GT(calls, 5U);
    for (const auto& [name, times] : visits) ASSERT_EQ(times, 1) << name << ", seed " << seed;
  }
}

TEST(ClientMap, ReservedItDoesNotMoveAndAnEmptyOneFindsNothing) {
  ClientMap map;
  EXPECT_EQ(map.find("a"), nullptr);
  map.prefetch("a");
  map.reserve(100);
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_EQ(map.size(), 0U);
  EXPECT_EQ(map.find_or_create("a").name(), "a");
  map.prefetch("a");
}

}  // namespace
}  // namespace seawall::state
