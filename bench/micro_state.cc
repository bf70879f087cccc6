/// \file
/// What a record costs in the client table: the look-up, the decision, the fold, the dedup set.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client_table.h"
#include "state/dedup_set.h"
#include "state/in_flight.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kClients = 10'000;
constexpr std::size_t kGroupRecords = 64;
constexpr std::size_t kFoldsMax = 1'000'000;  // a client keeps its deltas until a checkpoint

std::vector<std::string> client_names() {
  std::vector<std::string> names;
  names.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) names.push_back(fmt::format("client-{:06}", i));
  return names;
}

void dedup_insert_in_order(benchmark::State& state) {
  state::DedupSets ids;
  std::uint64_t id = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ids.insert("", ++id));
}
BENCHMARK(dedup_insert_in_order);

// Every other id first, so that the rest closes gaps.
void dedup_insert_out_of_order(benchmark::State& state) {
  constexpr std::uint64_t kIds = 1'024;
  state::DedupSets ids;
  std::uint64_t step = 0;
  for (auto _ : state) {
    const std::uint64_t at = step % kIds;
    const std::uint64_t in_round = at < kIds / 2 ? 2 * at : 2 * (at - kIds / 2) + 1;
    benchmark::DoNotOptimize(ids.insert("", step / kIds * kIds + in_round));
    ++step;
  }
}
BENCHMARK(dedup_insert_out_of_order);

void table_look_up(benchmark::State& state) {
  const std::vector<std::string> names = client_names();
  state::ClientTable table;
  for (const std::string& name : names) benchmark::DoNotOptimize(table.find_or_create(name));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find_or_create(names[next]));
    next = (next + 1) % kClients;
  }
}
BENCHMARK(table_look_up);

void fold(benchmark::State& state) {
  const std::vector<std::string> names = client_names();
  const std::string delta(128, 'x');  // NOLINT(readability-magic-numbers): the usual record
  state::ClientTable table;
  std::vector<state::ClientTable::Place> places;
  for (const std::string& name : names) places.push_back(table.find_or_create(name));
  format::RecordView record{1, {{"", "", 1, false}}, {{format::OperationKind::kApply, 0, delta}}};
  Lsn lsn;
  for (auto _ : state) {
    const std::size_t client = lsn.value % kClients;
    record.keys.front() = {names[client], "", lsn.value / kClients + 1, false};
    ++lsn.value;
    benchmark::DoNotOptimize(table.fold(lsn, 0, record, {&places[client], 1}));
  }
}
BENCHMARK(fold)->Iterations(kFoldsMax);

// Admission of a group's operations, and their retirement once it is durable.
void admit_and_retire(benchmark::State& state) {
  const std::vector<std::string> names = client_names();
  state::ClientTable table;
  std::vector<state::ClientTable::Place> places;
  for (const std::string& name : names) places.push_back(table.find_or_create(name));
  state::InFlight in_flight;
  Operation operation;
  std::uint64_t lsn = 0;
  for (auto _ : state) {
    const std::size_t client = lsn % kClients;
    operation.client = names[client];
    operation.id = lsn / kClients + 1;
    ++lsn;
    benchmark::DoNotOptimize(in_flight.admit(places[client], operation, Lsn{lsn}, 0));
    if (lsn % kGroupRecords != 0) continue;
    benchmark::DoNotOptimize(in_flight.retire(Lsn{lsn}, kGroupRecords));
  }
}
BENCHMARK(admit_and_retire);

}  // namespace
}  // namespace seawall::bench

BENCHMARK_MAIN();
