#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "producer.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kVerifiedClients = 200;

/// Lets all producers run for `ns`, each in a thread of its own. Returns the records made durable.
std::uint64_t run_all(std::vector<std::unique_ptr<Producer>>& producers, std::uint64_t ns) {
  std::vector<std::uint64_t> durable(producers.size());
  {
    std::vector<std::jthread> threads;
    threads.reserve(producers.size());
    for (std::size_t index = 0; index < producers.size(); ++index)
      threads.emplace_back([&, index] { durable[index] = producers[index]->run(ns); });
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t part : durable) sum += part;
  return sum;
}

}  // namespace

Sample run_async(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {});
  std::deque<Traffic::Share> shares;
  std::vector<std::unique_ptr<Producer>> producers;
  for (std::size_t index = 0; index < run.cell.threads; ++index) {
    shares.emplace_back(traffic, index, run.cell.threads);
    producers.push_back(std::make_unique<Producer>(*engine, run.cell.in_flight, shares.back()));
  }
  static_cast<void>(run_all(producers, run.times.warm_up_ns));  // the warm-up counts for nothing
  for (const auto& producer : producers) producer->forget_latencies();

  const double cpu_begin = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  const std::uint64_t durable = run_all(producers, run.times.run_ns);
  const std::uint64_t took_ns = now_ns() - begin_ns;
  const double cpu = cpu_us() - cpu_begin;

  Latencies latencies;
  for (std::size_t index = 0; index < producers.size(); ++index) {
    latencies.merge(producers[index]->until_durable());
    producers[index]->drain();
    if (run.engine.retrieves) shares[index].verify(*engine, kVerifiedClients);
  }
  producers.clear();
  engine->close();
  return sample_of(latencies, durable, took_ns, cpu);
}

Sample run_buffered(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {.flushes = false});
  Traffic::Share share(traffic, 0, 1);
  Sample sample;
  {
    Producer producer(*engine, 1, share);
    producer.run(run.times.warm_up_ns);
    producer.drain();
    producer.forget_latencies();
    const double cpu_begin = cpu_us();
    const std::uint64_t begin_ns = now_ns();
    producer.run(run.times.run_ns);
    producer.drain();  // what is still in a window counts once it is out of it
    const std::uint64_t took_ns = now_ns() - begin_ns;
    sample = sample_of(producer.pushes(), producer.pushes().count(), took_ns, cpu_us() - cpu_begin);
  }
  if (run.engine.retrieves) share.verify(*engine, kVerifiedClients);
  engine->close();
  return sample;
}

}  // namespace seawall::bench
