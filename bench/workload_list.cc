#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "engine.h"
#include "engine_list.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kSmallBytes = 128;
constexpr std::size_t kLargeBytes = 1024;
constexpr std::size_t kEveryRound = std::numeric_limits<std::size_t>::max();

bool any(const EngineInfo& /*engine*/, const Cell& /*cell*/) {
  return true;
}
bool has_window(const EngineInfo& engine, const Cell& cell) {
  return cell.in_flight == 1 || engine.batches;
}
bool reads(const EngineInfo& engine, const Cell& /*cell*/) {
  return engine.retrieves;
}
bool takes_bulk(const EngineInfo& engine, const Cell& /*cell*/) {
  return engine.bulk;
}
/// The long ones: Seawall and the two peers most like it.
bool main_peers(const EngineInfo& engine, const Cell& /*cell*/) {
  return engine.bulk && engine.quick;
}
bool seawall_only(const EngineInfo& engine, const Cell& /*cell*/) {
  return engine.name == "seawall";
}
bool merges_entries(const EngineInfo& engine, const Cell& /*cell*/) {
  return engine.entries;
}

const Workload& find(std::string_view name) {
  for (const Workload& workload : workload_list())
    if (workload.name == name) return workload;
  fail("no such workload");
}

/// Adds one cell per number of threads.
void add(std::vector<Cell>& list, std::string_view workload,
         const std::vector<std::size_t>& threads, std::size_t value_bytes = kSmallBytes) {
  for (const std::size_t count : threads)
    list.push_back({.workload = &find(workload), .threads = count, .value_bytes = value_bytes});
}

void add_async(std::vector<Cell>& list, std::size_t producers,
               const std::vector<std::size_t>& windows) {
  for (const std::size_t window : windows)
    list.push_back({.workload = &find("async"), .threads = producers, .in_flight = window});
}

// NOLINTBEGIN(readability-magic-numbers): the lists are the documentation
void add_full(std::vector<Cell>& list) {
  add(list, "durable_persist", {1, 4, 16, 64});
  add(list, "durable_persist", {1, 4, 16, 64}, kLargeBytes);
  list.push_back({.workload = &find("durable_tail"), .records = 20'000});
  add_async(list, 1, {1, 64, 1024, 8192});
  add_async(list, 2, {1024, 8192});
  add(list, "buffered", {1});
  add(list, "retrieve_hot", {1, 2});
  add(list, "retrieve_cold", {1, 2});
  list.push_back({.workload = &find("reopen"), .clients = 100'000, .records = 1'000'000});
  list.push_back({.workload = &find("scan"), .records = 3'000'000});
  list.push_back({.workload = &find("idle_clients"), .clients = 1'000'000, .records = 1'000'000});
  add(list, "large_state", {1, 64});
  list.push_back({.workload = &find("stall"), .value_bytes = 16, .clients = 1'000'000});
  list.push_back({.workload = &find("write_amplification"), .in_flight = 64, .records = 600'000});
  add(list, "steady_state", {16});
}

void add_smoke(std::vector<Cell>& list) {
  add(list, "durable_persist", {1, 4, 16, 64});
  add_async(list, 1, {1024, 8192});
  list.push_back({.workload = &find("idle_clients"), .clients = 200'000, .records = 200'000});
  list.push_back({.workload = &find("write_amplification"), .in_flight = 1024, .records = 300'000});
}

}  // namespace

const std::vector<Workload>& workload_list() {
  static const std::vector<Workload> list = {
      {"durable_persist", "a blocking call, durable on return", run_durable_persist, any,
       kEveryRound},
      {"durable_tail", "the same by one caller, in turns with the probe", run_durable_tail,
       seawall_only, 1},
      {"async", "a record; latency until durable (peers: batches of in_flight)", run_async,
       has_window, kEveryRound},
      {"buffered", "a record handed over, no flush waited for", run_buffered, any, kEveryRound},
      {"retrieve_hot", "a state read from memory", run_retrieve_hot, reads, kEveryRound},
      {"retrieve_cold", "a state read after a reopen without caches", run_retrieve_cold, takes_bulk,
       kEveryRound},
      {"reopen", "a record recovered; latency of the open after kill -9", run_reopen, takes_bulk,
       1},
      {"reopen_10m", "the same with 10 M records over 1 M clients", run_reopen, takes_bulk, 1},
      {"scan", "a record of a log read and checked from the page cache", run_scan, seawall_only, 1},
      {"idle_clients", "a client found by an open after a checkpoint", run_idle_clients, main_peers,
       1},
      {"large_state", "a delta of 100 bytes to a state of 50,000 entries", run_large_state,
       merges_entries, 2},
      {"stall", "a small persist, the longest beside large things to do", run_stall, seawall_only,
       1},
      {"write_amplification", "a record; bytes passed to write over the user's",
       run_write_amplification, main_peers, 1},
      {"steady_state", "a persist, with reads and checkpoints going on", run_steady_state,
       seawall_only, 1},
  };
  return list;
}

std::vector<Cell> cells(Extent extent) {
  std::vector<Cell> list;
  switch (extent) {
    case Extent::kQuick:
      add(list, "durable_persist", {1, 16, 64});
      add_async(list, 1, {64, 1024, 8192});
      list.push_back({.workload = &find("stall"), .value_bytes = 16, .clients = 1'000'000});
      break;
    case Extent::kSmoke:
      add_smoke(list);
      break;
    case Extent::kFull:
      add_full(list);
      break;
    case Extent::kLong:
      add_full(list);
      list.push_back(
          {.workload = &find("reopen_10m"), .clients = 1'000'000, .records = 10'000'000});
      break;
  }
  return list;
}
// NOLINTEND(readability-magic-numbers)

}  // namespace seawall::bench
