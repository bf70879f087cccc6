#pragma once

/// \file
/// What is measured. Each function runs one cell once, on an engine just opened in an empty
/// directory, and checks what the engine then returns.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"
#include "engine_list.h"
#include "measure.h"

namespace seawall::bench {

enum class Workload : std::uint8_t { kDurablePersist, kAsync, kRetrieveHot, kReopen };

/// Returns the name in the output, e.g. "durable_persist".
[[nodiscard]] std::string_view workload_name(Workload workload);

struct Cell {
  Workload workload = Workload::kDurablePersist;
  std::size_t threads = 1;
  std::size_t in_flight = 1;
  std::size_t value_bytes = 0;
};

/// Returns the cells of the full run, or of --quick.
[[nodiscard]] std::vector<Cell> cells(bool quick);

/// How long one run of a cell warms up and is measured.
struct Times {
  std::uint64_t warm_up_ns = 0;
  std::uint64_t run_ns = 0;
};

inline constexpr std::size_t kClients = 10'000;

/// `threads` callers of `persist`, each with its own share of the clients.
[[nodiscard]] Sample run_durable_persist(Engine& engine, const Cell& cell, const Times& times,
                                         bool verify);

/// One producer with `in_flight` records under way. A latency is from push to durable.
[[nodiscard]] Sample run_async(Engine& engine, const Cell& cell, const Times& times, bool verify);

/// `threads` readers of clients that were just written.
[[nodiscard]] Sample run_retrieve_hot(Engine& engine, const Cell& cell, const Times& times);

/// What `reopen` finds.
struct Reopened {
  double open_us = 0;
  double cpu_us = 0;
  std::uint64_t records = 0;
  std::uint64_t disk_bytes = 0;        ///< After the kill, before the open.
  std::uint64_t live_bytes = 0;        ///< Names and values of all clients.
  double memory_per_client_bytes = 0;  ///< Resident memory that the open added.
};

/// Opens what a process that wrote a million records over 100,000 clients and then killed itself
/// left in `dir`, in a process of its own.
[[nodiscard]] Reopened run_reopen(const EngineInfo& engine, const Cell& cell,
                                  const std::string& dir);

/// The two processes of `run_reopen`.
struct ReopenChild {
  std::string role;  ///< "write" or "open"
  std::string engine;
  std::string dir;
  std::size_t value_bytes = 0;
};
[[nodiscard]] int run_reopen_child(const ReopenChild& child);

}  // namespace seawall::bench
