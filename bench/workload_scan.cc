#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "engine.h"
#include "measure.h"
#include "producer.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

struct Scanned {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t ns = 0;
};

/// Reads and checks every group of the log in `dir`, as recovery does; nothing is decoded.
Scanned scan(const std::string& dir) {
  Scanned scanned;
  const std::uint64_t begin_ns = now_ns();
  FileSystemStorage storage;
  const auto volume = storage.read({.base_dir = dir, .service_name = "bench"});
  if (!volume) fail("scan: " + to_string(volume.error()));
  const auto groups = (*volume)->scan();
  if (!groups) fail("scan: " + to_string(groups.error()));
  for (;;) {
    const auto group = (*groups)->next();
    if (!group) fail("scan: " + to_string(group.error()));
    if (!*group) break;
    scanned.bytes += (*group)->bytes.size();
  }
  scanned.records = (*groups)->chain_end().next_lsn.value - 1;
  scanned.ns = now_ns() - begin_ns;
  return scanned;
}

}  // namespace

Sample run_scan(const Run& run) {
  constexpr std::size_t kPasses = 5;
  constexpr std::size_t kWindow = 8192;
  const std::unique_ptr<Engine> engine = run.engine.make();
  engine->open(run.dir, {.checkpoints = false});
  const Traffic traffic(run.cell.clients, run.cell.value_bytes);
  Traffic::Share share(traffic, 0, 1);
  Producer(*engine, kWindow, share).run_records(run.cell.records);
  engine->close();
  static_cast<void>(scan(run.dir).bytes);  // puts the log into the page cache
  Latencies latencies;
  std::uint64_t took_ns = 0;
  double gb_per_s = 0;
  const double cpu_begin = cpu_us();
  for (std::size_t pass = 0; pass < kPasses; ++pass) {
    const Scanned scanned = scan(run.dir);
    if (scanned.records != run.cell.records) fail("a scan has not found every record");
    latencies.add(scanned.ns);
    took_ns += scanned.ns;
    gb_per_s =
        std::max(gb_per_s, static_cast<double>(scanned.bytes) / static_cast<double>(scanned.ns));
  }
  Sample sample = sample_of(latencies, kPasses * run.cell.records, took_ns, cpu_us() - cpu_begin);
  sample.figures = {{"scan_gb_per_s", gb_per_s}};
  return sample;
}

}  // namespace seawall::bench
