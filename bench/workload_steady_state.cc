#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "callers.h"
#include "engine.h"
#include "measure.h"
#include "posix_files.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kFarTail = 0.999;
constexpr double kMiB = 1 << 20;
constexpr std::uint64_t kSlices = 6;
// For what a log still does in the background after its slice: a round, the flush of its marks.
constexpr std::chrono::milliseconds kPause{500};

/// One of the two logs. It is used every other slice, so that a noisy spell meets both.
class Side {
 public:
  Side(const Run& run, const Traffic& traffic, bool checkpoints)
      : dir_(run.dir + (checkpoints ? "/on" : "/off")),
        engine_(run.engine.make()),
        callers_(*engine_, traffic, run.cell.threads) {
    std::filesystem::create_directory(dir_);
    engine_->open(dir_, {.checkpoints = checkpoints});
    callers_.read_too();
  }

  void warm_up(std::uint64_t ns) { static_cast<void>(callers_.run(0, ns).cpu_us); }

  void run_slice(std::uint64_t ns) {
    const Called called = callers_.run(0, ns);
    all_.latencies.merge(called.latencies);
    all_.cpu_us += called.cpu_us;
    p999_us_.push_back(called.latencies.quantile_us(kFarTail));
    took_ns_ += ns;
    std::this_thread::sleep_for(kPause);
  }

  [[nodiscard]] Sample sample() const {
    return sample_of(all_.latencies, all_.latencies.count(), took_ns_, all_.cpu_us);
  }
  [[nodiscard]] double p999_us() const { return all_.latencies.quantile_us(kFarTail); }
  [[nodiscard]] const std::vector<double>& p999_us_of_slices() const { return p999_us_; }
  [[nodiscard]] const std::string& dir() const { return dir_; }
  [[nodiscard]] Figures figures() { return engine_->figures(); }

  void close() {
    callers_.verify();
    engine_->close();
  }

 private:
  std::string dir_;
  std::unique_ptr<Engine> engine_;
  Callers callers_;
  Called all_;
  std::vector<double> p999_us_;
  std::uint64_t took_ns_ = 0;
};

/// Notes the disk use of `dir` while it lives.
class DiskWatch {
 public:
  DiskWatch(const std::string& dir, std::vector<double>& mib)
      : thread_([this, &dir, &mib] {
          while (!ended_) {
            mib.push_back(static_cast<double>(disk_bytes(dir)) / kMiB);
            std::this_thread::sleep_for(std::chrono::milliseconds(kDiskSampleMs));
          }
        }) {}
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;
  ~DiskWatch() { ended_ = true; }

 private:
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: it ends before the flag goes
};

}  // namespace

Sample run_steady_state(const Run& run) {
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  Side on(run, traffic, true);
  Side off(run, traffic, false);
  on.warm_up(run.times.warm_up_ns);
  off.warm_up(run.times.warm_up_ns);
  std::vector<double> disk_mib;
  std::vector<double> ratios;
  for (std::uint64_t slice = 0; slice < kSlices; ++slice) {
    {
      const DiskWatch watch(on.dir(), disk_mib);
      on.run_slice(run.times.steady_ns / kSlices);
    }
    off.run_slice(run.times.steady_ns / kSlices);
    ratios.push_back(on.p999_us_of_slices().back() / off.p999_us_of_slices().back());
  }
  Sample sample = on.sample();
  sample.figures = on.figures();
  sample.figures.push_back({"p999_us", on.p999_us()});
  sample.figures.push_back({"p999_without_checkpoints_us", off.p999_us()});
  sample.figures.push_back({"p999_ratio_to_no_checkpoints", median(ratios)});
  sample.figures.push_back({"disk_mib_max", *std::ranges::max_element(disk_mib)});
  sample.disk_mib = std::move(disk_mib);
  on.close();
  off.close();
  return sample;
}

}  // namespace seawall::bench
