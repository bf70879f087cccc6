#include "callers.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine.h"
#include "measure.h"
#include "traffic.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kVerifiedClients = 100;  // of each caller

}  // namespace

Callers::Callers(Engine& engine, const Traffic& traffic, std::size_t threads) : engine_(engine) {
  shares_.reserve(threads);
  for (std::size_t thread = 0; thread < threads; ++thread)
    shares_.emplace_back(traffic, thread, threads);
}

// Warm-up and measurement are told apart by the clock alone.
void Callers::call(Traffic::Share& share, std::uint64_t begin_ns, std::uint64_t end_ns,
                   Latencies& latencies) {
  for (std::uint64_t before = now_ns(); before < end_ns;) {
    const Write write = share.next();
    engine_.persist(write);
    std::uint64_t after = now_ns();
    if (before >= begin_ns && after <= end_ns) latencies.add(after - before);
    if (reads_) {
      if (engine_.retrieve(write.client) != write.value) fail("a receipt came before its state");
      after = now_ns();
    }
    before = after;
  }
}

Called Callers::run(std::uint64_t warm_up_ns, std::uint64_t run_ns) {
  const std::uint64_t begin_ns = now_ns() + warm_up_ns;
  const std::uint64_t end_ns = begin_ns + run_ns;
  std::vector<Latencies> of_threads(shares_.size());
  Called called;
  {
    std::vector<std::jthread> threads;
    threads.reserve(shares_.size());
    for (std::size_t thread = 0; thread < shares_.size(); ++thread)
      threads.emplace_back(
          [&, thread] { call(shares_[thread], begin_ns, end_ns, of_threads[thread]); });
    std::this_thread::sleep_for(std::chrono::nanoseconds(warm_up_ns));
    const double cpu_begin = cpu_us();
    std::this_thread::sleep_for(std::chrono::nanoseconds(run_ns));
    called.cpu_us = cpu_us() - cpu_begin;
  }
  for (const Latencies& part : of_threads) called.latencies.merge(part);
  return called;
}

Called Callers::run_records(std::uint64_t records) {
  Called called;
  const double cpu_begin = cpu_us();
  for (; records > 0; --records) {
    const Write write = shares_.front().next();
    const std::uint64_t before = now_ns();
    engine_.persist(write);
    called.latencies.add(now_ns() - before);
  }
  called.cpu_us = cpu_us() - cpu_begin;
  return called;
}

void Callers::verify() const {
  for (const Traffic::Share& share : shares_) share.verify(engine_, kVerifiedClients);
}

}  // namespace seawall::bench
