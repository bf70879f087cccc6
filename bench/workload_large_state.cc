#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine.h"
#include "entry_state.h"
#include "measure.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kEntries = 50'000;
constexpr std::string_view kClient = "large";
constexpr double kMiB = 1 << 20;

/// Callers that change entries of the one state, each its own, and a model of that state.
class EntryWriters {
 public:
  EntryWriters(Engine& engine, std::size_t threads)
      : engine_(engine), bytes_(kEntries, kEntryBytes), next_(threads), latencies_(threads) {
    for (std::size_t entry = 0; entry < kEntries; ++entry) model_ += bytes_.value(entry, 0);
    engine_.persist({.client = kClient, .id = 1, .value = model_});
  }

  /// Measures for `ns`. Returns all latencies.
  Latencies run(std::uint64_t ns) {
    const std::uint64_t end_ns = now_ns() + ns;
    {
      std::vector<std::jthread> threads;
      threads.reserve(next_.size());
      for (std::size_t thread = 0; thread < next_.size(); ++thread)
        threads.emplace_back([this, thread, end_ns] { write(thread, end_ns); });
    }
    Latencies all;
    for (Latencies& part : latencies_) {
      all.merge(part);
      part.clear();
    }
    return all;
  }

  void verify() {
    if (engine_.retrieve(kClient) != model_) fail("a large state lost a delta");
  }

 private:
  void write(std::size_t thread, std::uint64_t end_ns) {
    const std::size_t step = next_.size();
    for (std::uint64_t before = now_ns(); before < end_ns;) {
      const std::uint64_t turn = ++next_[thread];
      const std::size_t entry = (thread + turn * step) % (kEntries / step * step);
      const std::string_view value = bytes_.value(entry, turn);
      const std::string delta = encode_entry(entry, value);
      engine_.persist({.client = kClient, .id = 1 + thread + turn * step, .value = delta});
      model_.replace(entry * kEntryBytes, kEntryBytes, value);
      const std::uint64_t after = now_ns();
      latencies_[thread].add(after - before);
      before = after;
    }
  }

  Engine& engine_;
  Traffic bytes_;
  std::string model_;  // each thread touches only its own entries
  std::vector<std::uint64_t> next_;
  std::vector<Latencies> latencies_;
};

}  // namespace

Sample run_large_state(const Run& run) {
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {.entries = kEntries});
  EntryWriters writers(*engine, run.cell.threads);
  static_cast<void>(writers.run(run.times.warm_up_ns).count());
  const std::uint64_t written_begin = io_counters().written_bytes;
  const double cpu_begin = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  const Latencies latencies = writers.run(run.times.run_ns);
  Sample sample =
      sample_of(latencies, latencies.count(), now_ns() - begin_ns, cpu_us() - cpu_begin);
  const std::uint64_t written = io_counters().written_bytes - written_begin;
  if (run.engine.retrieves) writers.verify();
  sample.figures = {{"state_mib", static_cast<double>(kEntries * kEntryBytes) / kMiB},
                    {"written_bytes_per_op",
                     static_cast<double>(written) / static_cast<double>(latencies.count())}};
  engine->close();
  return sample;
}

}  // namespace seawall::bench
