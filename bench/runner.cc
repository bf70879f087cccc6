#include "runner.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "callers.h"
#include "engine.h"
#include "engine_list.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

template <class Value>
double median_of(const std::vector<Sample>& samples, Value value) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const Sample& sample : samples) values.push_back(value(sample));
  return median(std::move(values));
}

/// All samples have the same figures, in the same order.
Sample median_sample(const std::vector<Sample>& samples) {
  Sample result;
  result.ops_per_s = median_of(samples, [](const Sample& one) { return one.ops_per_s; });
  result.p50_us = median_of(samples, [](const Sample& one) { return one.p50_us; });
  result.p99_us = median_of(samples, [](const Sample& one) { return one.p99_us; });
  result.cpu_us_per_op = median_of(samples, [](const Sample& one) { return one.cpu_us_per_op; });
  result.figures = samples.front().figures;
  for (std::size_t index = 0; index < result.figures.size(); ++index)
    result.figures[index].value =
        median_of(samples, [&](const Sample& one) { return one.figures[index].value; });
  result.disk_mib = samples.back().disk_mib;
  return result;
}

}  // namespace

/// The rounds of one engine in one cell, so far.
struct Runner::Rounds {
  std::vector<Sample> samples;
  std::vector<double> ratio;
  std::vector<double> probe_p50_us;
  std::vector<double> p50_ratio;

  void add(Sample sample, const Sample& before, const Sample& after) {
    const double probe_ops = (before.ops_per_s + after.ops_per_s) / 2;
    const double probe_p50 = (before.p50_us + after.p50_us) / 2;
    ratio.push_back(sample.ops_per_s / probe_ops);
    probe_p50_us.push_back(probe_p50);
    p50_ratio.push_back(sample.p50_us / probe_p50);
    samples.push_back(std::move(sample));
  }

  [[nodiscard]] Row row(const Cell& cell, const EngineInfo& engine) const {
    const auto [least, most] = std::ranges::minmax_element(samples, {}, &Sample::ops_per_s);
    return {.cell = cell,
            .engine = std::string(engine.name),
            .median = median_sample(samples),
            .ops_per_s_min = least->ops_per_s,
            .ops_per_s_max = most->ops_per_s,
            .ratio_to_probe = median(ratio),
            .probe_p50_us = median(probe_p50_us),
            .p50_ratio_to_probe = median(p50_ratio),
            .rounds = samples.size()};
  }
};

Runner::Runner(RunnerOptions options) : options_(std::move(options)) {
  const std::string dir = options_.dir + "/same-second-probe";
  std::filesystem::create_directories(dir);
  probe_.open(dir, {});
}

Runner::~Runner() {
  probe_.close();
}

void Runner::run(const Cell& cell, const std::vector<const EngineInfo*>& engines,
                 const std::function<void(const Row&)>& report) {
  std::vector<const EngineInfo*> taking_part;
  std::ranges::copy_if(engines, std::back_inserter(taking_part), [&](const EngineInfo* engine) {
    return cell.workload->applies(*engine, cell);
  });
  std::vector<Rounds> rounds(taking_part.size());
  const std::size_t count = std::min(options_.rounds, cell.workload->rounds_max);
  for (std::size_t round = 0; round < count; ++round) {
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
  const std::string dir = options_.dir + "/" + std::string(engine.name);
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  const Sample before = probe(cell);
  Sample sample = cell.workload->run(
      {.engine = engine, .cell = cell, .times = options_.times, .dir = dir, .probe = probe_});
  rounds.add(std::move(sample), before, probe(cell));
  std::filesystem::remove_all(dir);
}

Sample Runner::probe(const Cell& cell) {
  const Traffic traffic(1, cell.value_bytes);
  const Called called = Callers(probe_, traffic, 1).run(0, options_.probe_ns);
  return sample_of(called.latencies, called.latencies.count(), options_.probe_ns, called.cpu_us);
}

}  // namespace seawall::bench
