#include "runner.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine.h"
#include "engine_list.h"
#include "measure.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kUsPerSecond = 1e6;

bool applies(const Cell& cell, const EngineInfo& engine) {
  if (cell.workload == Workload::kReopen) return engine.bulk;
  if (cell.in_flight > 1 && !engine.batches) return false;
  return cell.workload != Workload::kRetrieveHot || engine.retrieves;
}

}  // namespace

/// The rounds of one engine in one cell, so far.
struct Runner::Rounds {
  std::vector<double> ops_per_s;
  std::vector<double> p50_us;
  std::vector<double> p99_us;
  std::vector<double> cpu_us_per_op;
  std::vector<double> ratio;
  std::vector<double> probe_p50_us;
  std::vector<double> p50_ratio;
  std::vector<double> disk_bytes;
  std::vector<double> memory_per_client_bytes;
  double live_bytes = 0;

  void add(const Sample& sample, const Sample& before, const Sample& after) {
    const double probe_ops = (before.ops_per_s + after.ops_per_s) / 2;
    const double probe_p50 = (before.p50_us + after.p50_us) / 2;
    ops_per_s.push_back(sample.ops_per_s);
    p50_us.push_back(sample.p50_us);
    p99_us.push_back(sample.p99_us);
    cpu_us_per_op.push_back(sample.cpu_us_per_op);
    ratio.push_back(sample.ops_per_s / probe_ops);
    probe_p50_us.push_back(probe_p50);
    p50_ratio.push_back(sample.p50_us / probe_p50);
  }

  [[nodiscard]] Row row(const Cell& cell, const EngineInfo& engine) const {
    const auto [least, most] = std::ranges::minmax(ops_per_s);
    return {.cell = cell,
            .engine = std::string(engine.name),
            .ops_per_s = median(ops_per_s),
            .ops_per_s_min = least,
            .ops_per_s_max = most,
            .p50_us = median(p50_us),
            .p99_us = median(p99_us),
            .cpu_us_per_op = median(cpu_us_per_op),
            .ratio_to_probe = median(ratio),
            .probe_p50_us = median(probe_p50_us),
            .p50_ratio_to_probe = median(p50_ratio),
            .rounds = ops_per_s.size(),
            .disk_bytes = median(disk_bytes),
            .live_bytes = live_bytes,
            .memory_per_client_bytes = median(memory_per_client_bytes)};
  }
};

Runner::Runner(RunnerOptions options) : options_(std::move(options)) {
  const std::string dir = options_.dir + "/same-second-probe";
  std::filesystem::create_directories(dir);
  probe_.open(dir);
}

Runner::~Runner() {
  probe_.close();
}

void Runner::run(const Cell& cell, const std::vector<const EngineInfo*>& engines,
                 const std::function<void(const Row&)>& report) {
  std::vector<const EngineInfo*> taking_part;
  std::ranges::copy_if(engines, std::back_inserter(taking_part),
                       [&](const EngineInfo* engine) { return applies(cell, *engine); });
  std::vector<Rounds> rounds(taking_part.size());
  for (std::size_t round = 0; round < options_.rounds; ++round) {
    for (std::size_t turn = 0; turn < taking_part.size(); ++turn) {
      // Another engine goes first in each round, so that none always follows the same one.
      const std::size_t index = (turn + round) % taking_part.size();
      run_once(cell, *taking_part[index], rounds[index]);
    }
  }
  for (std::size_t index = 0; index < taking_part.size(); ++index)
    report(rounds[index].row(cell, *taking_part[index]));
}

void Runner::run_once(const Cell& cell, const EngineInfo& engine, Rounds& rounds) {
  const Sample before = probe(cell);
  const Sample sample = measure(cell, engine, rounds);
  rounds.add(sample, before, probe(cell));
}

Sample Runner::measure(const Cell& cell, const EngineInfo& info, Rounds& rounds) {
  const std::string dir = options_.dir + "/" + std::string(info.name);
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  Sample sample;
  if (cell.workload == Workload::kReopen) {
    const Reopened reopened = run_reopen(info, cell, dir);
    rounds.disk_bytes.push_back(static_cast<double>(reopened.disk_bytes));
    rounds.memory_per_client_bytes.push_back(reopened.memory_per_client_bytes);
    rounds.live_bytes = static_cast<double>(reopened.live_bytes);
    const auto records = static_cast<double>(reopened.records);
    sample = {.ops_per_s = records * kUsPerSecond / reopened.open_us,
              .p50_us = reopened.open_us,
              .p99_us = reopened.open_us,
              .cpu_us_per_op = reopened.cpu_us / records};
  } else {
    const std::unique_ptr<Engine> engine = info.make();
    engine->open(dir);
    if (cell.workload == Workload::kDurablePersist)
      sample = run_durable_persist(*engine, cell, options_.times, info.retrieves);
    else if (cell.workload == Workload::kAsync)
      sample = run_async(*engine, cell, options_.times, info.retrieves);
    else
      sample = run_retrieve_hot(*engine, cell, options_.times);
    engine->close();
  }
  std::filesystem::remove_all(dir);
  return sample;
}

Sample Runner::probe(const Cell& cell) {
  const Cell single{.value_bytes = cell.value_bytes};
  return run_durable_persist(probe_, single, {.warm_up_ns = 0, .run_ns = options_.probe_ns}, false);
}

}  // namespace seawall::bench
