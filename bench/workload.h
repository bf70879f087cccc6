#pragma once

/// \file
/// What is measured: a table of workloads, and the cells (workload and its numbers) of each kind of
/// run. A workload runs one cell once, in an empty directory, and checks what the engine returns.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine_list.h"
#include "engine_probe.h"
#include "measure.h"

namespace seawall::bench {

struct Workload;

struct Cell {
  const Workload* workload = nullptr;
  std::size_t threads = 1;
  std::size_t in_flight = 1;
  std::size_t value_bytes = 128;
  std::size_t clients = 10'000;
  std::uint64_t records = 0;  ///< Of workloads that end after a number of records.
  double share = 1;           ///< Of the usual sizes; less in --quick and --smoke.
};

/// How long one run of a cell warms up and is measured.
struct Times {
  std::uint64_t warm_up_ns = 0;
  std::uint64_t run_ns = 0;
  std::uint64_t steady_ns = 0;  ///< Of `steady_state`.
};

struct Run {
  const EngineInfo& engine;
  const Cell& cell;
  const Times& times;
  const std::string& dir;
  ProbeEngine& probe;
};

struct Workload {
  std::string_view name;
  std::string_view what;  ///< What an operation is, for the legend.
  Sample (*run)(const Run& run);
  bool (*applies)(const EngineInfo& engine, const Cell& cell);
  std::size_t rounds_max;  ///< Long ones, and those that count bytes, are not repeated.
};

/// Returns all workloads.
[[nodiscard]] const std::vector<Workload>& workload_list();

/// `kLong` is the full run with 10 M records over 1 M clients added; `kSmoke` the gate's cells.
enum class Extent : std::uint8_t { kQuick, kSmoke, kFull, kLong };
[[nodiscard]] std::vector<Cell> cells(Extent extent);

/// `threads` callers of `persist`, each with its own share of the clients.
[[nodiscard]] Sample run_durable_persist(const Run& run);

/// One caller and the probe in turns, for percentiles of many operations: the figure
/// `p99_ratio_to_probe`.
[[nodiscard]] Sample run_durable_tail(const Run& run);

/// `threads` producers with `in_flight` records under way each. A latency is from push to durable.
[[nodiscard]] Sample run_async(const Run& run);

/// One producer that waits for no flush. A latency is that of handing over.
[[nodiscard]] Sample run_buffered(const Run& run);

/// `threads` readers of clients that were just written.
[[nodiscard]] Sample run_retrieve_hot(const Run& run);

/// The same after a reopen without caches; the figure `read_calls_per_op`.
[[nodiscard]] Sample run_retrieve_cold(const Run& run);

/// Opens what a process left that wrote `records` and killed itself, in a process of its own.
[[nodiscard]] Sample run_reopen(const Run& run);

/// Reads and checks a log of `records` from the page cache: the figure `scan_gb_per_s`, the best of
/// five passes.
[[nodiscard]] Sample run_scan(const Run& run);

/// Opens a log of `clients` that are all checkpointed: the figure `memory_per_client_bytes`.
[[nodiscard]] Sample run_idle_clients(const Run& run);

/// `threads` callers that persist and read, for a minute, on two Seawalls in turns, one of which
/// never checkpoints: the figure `p999_ratio_to_no_checkpoints`, and disk use over time.
[[nodiscard]] Sample run_steady_state(const Run& run);

/// Deltas of 100 bytes to one client's state of 50,000 entries.
[[nodiscard]] Sample run_large_state(const Run& run);

/// One caller of small persists beside large things to do, each with its figures
/// `NAME_longest_persist_ms`, with it and `_without`; and `stall_ms`, by how much the worst of them
/// is above the same time without.
[[nodiscard]] Sample run_stall(const Run& run);

/// Four times `records` to settle, `records` to measure: the figure `write_amplification`.
[[nodiscard]] Sample run_write_amplification(const Run& run);

}  // namespace seawall::bench
