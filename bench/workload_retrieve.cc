#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "producer.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kLoadWindow = 256;

void load(Engine& engine, const Traffic& traffic) {
  Traffic::Share share(traffic, 0, 1);
  Producer(engine, kLoadWindow, share).run_records(traffic.clients());
}

void read(Engine& engine, const Traffic& traffic, std::size_t seed, std::uint64_t end_ns,
          Latencies& latencies) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed + 1));
  for (std::uint64_t before = now_ns(); before < end_ns;) {
    const std::size_t client = random() % traffic.clients();
    if (engine.retrieve(traffic.client(client)) != traffic.value(client, 1))
      fail("retrieve returned another state than was written");
    const std::uint64_t after = now_ns();
    latencies.add(after - before);
    before = after;
  }
}

Sample read_all(Engine& engine, const Traffic& traffic, const Run& run) {
  Latencies warm_up;
  read(engine, traffic, 0, now_ns() + run.times.warm_up_ns, warm_up);
  std::vector<Latencies> of_threads(run.cell.threads);
  const double cpu_begin = cpu_us();
  const std::uint64_t calls_begin = io_counters().read_calls;
  const std::uint64_t begin_ns = now_ns();
  {
    std::vector<std::jthread> threads;
    threads.reserve(run.cell.threads);
    for (std::size_t thread = 0; thread < run.cell.threads; ++thread)
      threads.emplace_back([&, thread] {
        read(engine, traffic, thread, begin_ns + run.times.run_ns, of_threads[thread]);
      });
  }
  const std::uint64_t took_ns = now_ns() - begin_ns;
  const double cpu = cpu_us() - cpu_begin;
  const std::uint64_t calls = io_counters().read_calls - calls_begin;
  Latencies latencies;
  for (const Latencies& part : of_threads) latencies.merge(part);
  Sample sample = sample_of(latencies, latencies.count(), took_ns, cpu);
  sample.figures = {
      {"read_calls_per_op", static_cast<double>(calls) / static_cast<double>(latencies.count())}};
  return sample;
}

}  // namespace

Sample run_retrieve_hot(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  load(*engine, traffic);
  const Sample sample = read_all(*engine, traffic, run);
  engine->close();
  return sample;
}

Sample run_retrieve_cold(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  load(*engine, traffic);
  engine->settle();
  engine->close();
  engine->open(run.dir, {.caches = false});
  const Sample sample = read_all(*engine, traffic, run);
  engine->close();
  return sample;
}

}  // namespace seawall::bench
