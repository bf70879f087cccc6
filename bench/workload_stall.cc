#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "seawall/write_ahead_log.h"

#include "engine.h"
#include "measure.h"
#include "stalls.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kUsPerMs = 1e3;
constexpr std::size_t kTextIds = 2'000'000;
constexpr std::size_t kTailDeltas = 200'000;
constexpr std::size_t kStateBytes = std::size_t{200} << 20;

/// One caller of small persists, while somebody else does something.
class SmallWriter {
 public:
  SmallWriter(WriteAheadLog& log, std::size_t value_bytes) : log_(log), value_(value_bytes, 'v') {}

  /// Persists for as long as `act` runs, in this thread. Returns the latencies.
  Latencies beside(const std::function<void()>& act) {
    Latencies latencies;
    std::atomic<bool> over = false;
    std::jthread writer([&] {
      while (!over) persist(latencies);
    });
    act();
    over = true;
    writer.join();
    return latencies;
  }

 private:
  void persist(Latencies& latencies) {
    constexpr std::uint64_t kClients = 100;
    const std::string client = fmt::format("small-{:02}", ++next_ % kClients);
    const std::uint64_t begin_ns = now_ns();
    if (!log_.persist(client, value_, next_)) fail("stall: a persist failed");
    latencies.add(now_ns() - begin_ns);
  }

  WriteAheadLog& log_;
  std::string value_;
  std::uint64_t next_ = 0;
};

/// What the writer's longest persist was.
struct Longest {
  double with_ms = 0;
  double without_ms = 0;
};

class Comparison {
 public:
  explicit Comparison(SmallWriter& writer) : writer_(writer) {}

  /// Runs `act` beside the writer, then the writer alone for as long, and not less than a second:
  /// what a device does once in a while must be able to happen in both.
  Longest run(const std::function<void()>& act) {
    constexpr std::uint64_t kAloneMinNs = 1'000'000'000;
    const std::uint64_t begin_ns = now_ns();
    const double with_ms = longest_ms(act);
    const std::uint64_t alone_ns = std::max(now_ns() - begin_ns, kAloneMinNs);
    const double without_ms =
        longest_ms([&] { std::this_thread::sleep_for(std::chrono::nanoseconds(alone_ns)); });
    return {.with_ms = with_ms, .without_ms = without_ms};
  }

  [[nodiscard]] const Latencies& all() const { return all_; }

 private:
  double longest_ms(const std::function<void()>& act) {
    const Latencies latencies = writer_.beside(act);
    all_.merge(latencies);
    return latencies.quantile_us(1) / kUsPerMs;
  }

  SmallWriter& writer_;
  Latencies all_;
};

StallSizes sizes_of(const Cell& cell) {
  const auto share = [&](std::size_t size) {
    return static_cast<std::size_t>(static_cast<double>(size) * cell.share);
  };
  return {.state_bytes = share(kStateBytes),
          .text_ids = share(kTextIds),
          .clients = share(cell.clients),
          .tail_deltas = share(kTailDeltas)};
}

}  // namespace

Sample run_stall(const Run& run) {
  StallLog stalled(run.dir, sizes_of(run.cell));
  SmallWriter writer(stalled.log(), run.cell.value_bytes);
  Comparison comparison(writer);
  Figures figures;
  double worst_ms = 0;
  std::uint64_t measured_ns = 0;
  const double cpu_begin = cpu_us();
  for (const Stall& stall : stalled.stalls()) {
    stall.prepare();
    const std::uint64_t begin_ns = now_ns();
    const Longest longest = comparison.run(stall.act);
    measured_ns += now_ns() - begin_ns;
    worst_ms = std::max(worst_ms, longest.with_ms - longest.without_ms);
    figures.push_back({fmt::format("{}_longest_persist_ms", stall.name), longest.with_ms});
    figures.push_back({fmt::format("{}_without_ms", stall.name), longest.without_ms});
  }
  figures.push_back({"longest_stats_ms", stalled.longest_stats_ms()});
  figures.push_back({"stall_ms", worst_ms});
  const Latencies& all = comparison.all();
  Sample sample = sample_of(all, all.count(), measured_ns, cpu_us() - cpu_begin);
  sample.figures = std::move(figures);
  stalled.close();
  return sample;
}

}  // namespace seawall::bench
