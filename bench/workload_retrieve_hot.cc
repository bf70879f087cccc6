#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kLoadWindow = 256;

void load(Engine& engine, const Traffic& traffic) {
  const std::unique_ptr<Pipeline> pipeline = engine.pipeline(kLoadWindow);
  Traffic::Share share(traffic, 0, 1);
  for (std::size_t sent = 0; sent < traffic.clients(); ++sent) pipeline->push(share.next());
  pipeline->drain();
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

}  // namespace

Sample run_retrieve_hot(Engine& engine, const Cell& cell, const Times& times) {
  const Traffic traffic(kClients, cell.value_bytes);
  load(engine, traffic);
  Latencies warm_up;
  read(engine, traffic, 0, now_ns() + times.warm_up_ns, warm_up);

  std::vector<Latencies> of_threads(cell.threads);
  const double cpu_begin = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  {
    std::vector<std::jthread> threads;
    threads.reserve(cell.threads);
    for (std::size_t thread = 0; thread < cell.threads; ++thread)
      threads.emplace_back([&, thread] {
        read(engine, traffic, thread, begin_ns + times.run_ns, of_threads[thread]);
      });
  }
  const std::uint64_t took_ns = now_ns() - begin_ns;
  const double cpu = cpu_us() - cpu_begin;
  Latencies latencies;
  for (const Latencies& part : of_threads) latencies.merge(part);
  return sample_of(latencies, latencies.count(), took_ns, cpu);
}

}  // namespace seawall::bench
