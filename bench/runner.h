#pragma once

/// \file
/// Runs cells: rounds interleaved over the engines, the probe in the same second as each run.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine_list.h"
#include "engine_probe.h"
#include "measure.h"
#include "workload.h"

namespace seawall::bench {

struct RunnerOptions {
  std::string dir;  ///< Where engines live; emptied again.
  std::size_t rounds = 1;
  Times times;
  std::uint64_t probe_ns = 0;  ///< Length of one probe.
};

/// One engine in one cell: medians over the rounds.
struct Row {
  Cell cell;
  std::string engine;
  Sample median;
  double ops_per_s_min = 0;
  double ops_per_s_max = 0;
  double ratio_to_probe = 0;      ///< Records per second over single probes per second.
  double probe_p50_us = 0;        ///< Of the probes before and after.
  double p50_ratio_to_probe = 0;  ///< Of the latencies.
  std::size_t rounds = 0;
};

class Runner {
 public:
  explicit Runner(RunnerOptions options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs `cell` on all `engines` it makes sense for and hands each row to `report`.
  void run(const Cell& cell, const std::vector<const EngineInfo*>& engines,
           const std::function<void(const Row&)>& report);

 private:
  struct Rounds;
  void run_once(const Cell& cell, const EngineInfo& engine, Rounds& rounds);
  Sample probe(const Cell& cell);

  RunnerOptions options_;
  ProbeEngine probe_;
};

}  // namespace seawall::bench
