#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine.h"
#include "measure.h"
#include "producer.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

// Enough to have segments at their full size recycled four times, and tables compacted, before
// anything is counted.
constexpr std::uint64_t kWarmUpShare = 4;
constexpr std::size_t kWarmUpWindow = 8192;

}  // namespace

Sample run_write_amplification(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  Traffic::Share share(traffic, 0, 1);
  Producer(*engine, kWarmUpWindow, share).run_records(kWarmUpShare * run.cell.records);
  Producer producer(*engine, run.cell.in_flight, share);

  const double cpu_begin = cpu_us();
  const std::uint64_t written_begin = io_counters().written_bytes;
  const std::uint64_t begin_ns = now_ns();
  producer.run_records(run.cell.records);
  Sample sample = sample_of(producer.until_durable(), run.cell.records, now_ns() - begin_ns,
                            cpu_us() - cpu_begin);
  const std::uint64_t written = io_counters().written_bytes - written_begin;

  const std::uint64_t user_bytes =
      run.cell.records * (traffic.client(0).size() + run.cell.value_bytes);
  sample.figures = engine->figures();
  sample.figures.push_back(
      {"write_amplification", static_cast<double>(written) / static_cast<double>(user_bytes)});
  engine->close();
  return sample;
}

}  // namespace seawall::bench
