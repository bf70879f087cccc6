#include <cstddef>
#include <cstdint>
#include <memory>

#include "callers.h"
#include "engine.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {

Sample run_durable_persist(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  Callers callers(*engine, traffic, run.cell.threads);
  const Called called = callers.run(run.times.warm_up_ns, run.times.run_ns);
  if (run.engine.retrieves) callers.verify();
  engine->close();
  return sample_of(called.latencies, called.latencies.count(), run.times.run_ns, called.cpu_us);
}

Sample run_durable_tail(const Run& run) {
  // Long turns, so that what an engine does when it falls quiet delays less than one in a thousand
  // of the probe's flushes.
  constexpr std::uint64_t kTurn = 2'000;
  constexpr double kTail = 0.99;
  constexpr double kFarTail = 0.999;
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  Callers callers(*engine, traffic, 1);
  Callers probe(run.probe, traffic, 1);
  Called of_engine;
  Latencies of_probe;
  std::uint64_t took_ns = 0;
  for (std::uint64_t done = 0; done < run.cell.records; done += kTurn) {
    of_probe.merge(probe.run_records(kTurn).latencies);
    const std::uint64_t begin_ns = now_ns();
    const Called turn = callers.run_records(kTurn);
    took_ns += now_ns() - begin_ns;
    of_engine.latencies.merge(turn.latencies);
    of_engine.cpu_us += turn.cpu_us;
  }
  callers.verify();
  engine->close();
  Sample sample =
      sample_of(of_engine.latencies, of_engine.latencies.count(), took_ns, of_engine.cpu_us);
  const double probe_p99_us = of_probe.quantile_us(kTail);
  const double probe_p999_us = of_probe.quantile_us(kFarTail);
  const double p999_us = of_engine.latencies.quantile_us(kFarTail);
  sample.figures = {{"probe_p99_us", probe_p99_us},
                    {"p99_ratio_to_probe", sample.p99_us / probe_p99_us},
                    {"p999_us", p999_us},
                    {"p999_ratio_to_probe", p999_us / probe_p999_us}};
  return sample;
}

}  // namespace seawall::bench
