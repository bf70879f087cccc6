#pragma once

/// \file
/// The two processes of `reopen` and `idle_clients`: one that leaves a directory, one that opens
/// it.

#include <cstddef>
#include <cstdint>
#include <string>

namespace seawall::bench {

/// The hidden command line of such a process.
struct ReopenChild {
  std::string role;  ///< "die": load, then kill -9; "settle": load, checkpoint, close; "open"
  std::string engine;
  std::string dir;
  std::size_t value_bytes = 0;
  std::size_t clients = 0;
  std::uint64_t records = 0;  ///< A multiple of `clients`.
};

/// Ends the benchmark unless the process did what its role says. `child.role` is not "open".
void run_loader(const ReopenChild& child);

/// What an opener found.
struct Reopened {
  double open_us = 0;
  double first_retrieve_us = 0;  ///< From the begin of the open.
  double all_read_us = 0;        ///< From the begin of the open, every client read once.
  double cpu_us = 0;             ///< Of the open.
  double memory_bytes = 0;       ///< Resident memory that the open added.
};

/// Opens, and reads all clients. `child.role` is "open".
[[nodiscard]] Reopened run_opener(const ReopenChild& child);

/// The process itself.
[[nodiscard]] int run_reopen_child(const ReopenChild& child);

}  // namespace seawall::bench
