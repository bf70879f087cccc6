#pragma once

/// \file
/// Threads that call `persist`, each with its own share of the clients.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "traffic.h"

namespace seawall::bench {

/// What callers did between two instants.
struct Called {
  Latencies latencies;
  double cpu_us = 0;
};

/// Used by one thread. `engine` and `traffic` outlive it.
class Callers {
 public:
  Callers(Engine& engine, const Traffic& traffic, std::size_t threads);

  /// After each persist a caller also reads one of its clients; only the persist is measured.
  void read_too() { reads_ = true; }

  /// Calls for `warm_up_ns` and then, measured, for `run_ns`. Goes on where the last run ended.
  [[nodiscard]] Called run(std::uint64_t warm_up_ns, std::uint64_t run_ns);

  /// Lets the first caller persist `records`.
  [[nodiscard]] Called run_records(std::uint64_t records);

  /// Ends the benchmark unless the engine returns what was written last.
  void verify() const;

 private:
  void call(Traffic::Share& share, std::uint64_t begin_ns, std::uint64_t end_ns,
            Latencies& latencies);

  Engine& engine_;
  bool reads_ = false;
  std::vector<Traffic::Share> shares_;
};

}  // namespace seawall::bench
