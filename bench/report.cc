#include "report.h"

#include <cstdio>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "engine.h"
#include "engine_list.h"
#include "runner.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kRequiredRatio = 1.3;

/// The extra line of `reopen`.
void print_reopened(const Row& row) {
  constexpr double kUsPerMs = 1e3;
  constexpr double kMiB = 1 << 20;
  fmt::print(
      "  {:<15} open {:.1f} ms; disk {:.1f} MiB, {:.2f}x the live bytes; "
      "{:.0f} bytes of memory per idle client\n",
      row.engine, row.p50_us / kUsPerMs, row.disk_bytes / kMiB, row.disk_bytes / row.live_bytes,
      row.memory_per_client_bytes);
}

}  // namespace

void print_header() {
  fmt::print("{:<15} {:>7} {:>9} {:>6} {:<15} {:>12} {:>25} {:>10} {:>10} {:>8} {:>9}\n",
             "workload", "threads", "in flight", "bytes", "engine", "records/s", "min - max",
             "p50 us", "p99 us", "x probe", "CPU us/op");
}

void print_row(const Row& row) {
  fmt::print(
      "{:<15} {:>7} {:>9} {:>6} {:<15} {:>12.0f} {:>25} {:>10.1f} {:>10.1f} {:>8.2f} {:>9.2f}\n",
      workload_name(row.cell.workload), row.cell.threads, row.cell.in_flight, row.cell.value_bytes,
      row.engine, row.ops_per_s,
      fmt::format("{:.0f} - {:.0f}", row.ops_per_s_min, row.ops_per_s_max), row.p50_us, row.p99_us,
      row.ratio_to_probe, row.cpu_us_per_op);
  if (row.cell.workload == Workload::kReopen) print_reopened(row);
  if (std::fflush(stdout) != 0) fail("cannot write the report");
}

void print_json(const Row& row) {
  std::string line = fmt::format(
      R"({{"workload":"{}","engine":"{}","threads":{},"in_flight":{},"value_bytes":{},)"
      R"("ops_per_s":{:.1f},"p50_us":{:.3f},"p99_us":{:.3f},"ratio_to_probe":{:.4f},)"
      R"("cpu_us_per_op":{:.3f},"ops_per_s_min":{:.1f},"ops_per_s_max":{:.1f},"rounds":{},)"
      R"("probe_p50_us":{:.3f},"p50_ratio_to_probe":{:.4f})",
      workload_name(row.cell.workload), row.engine, row.cell.threads, row.cell.in_flight,
      row.cell.value_bytes, row.ops_per_s, row.p50_us, row.p99_us, row.ratio_to_probe,
      row.cpu_us_per_op, row.ops_per_s_min, row.ops_per_s_max, row.rounds, row.probe_p50_us,
      row.p50_ratio_to_probe);
  if (row.cell.workload == Workload::kReopen)
    line +=
        fmt::format(R"(,"disk_bytes":{:.0f},"live_bytes":{:.0f},"memory_per_client_bytes":{:.1f})",
                    row.disk_bytes, row.live_bytes, row.memory_per_client_bytes);
  fmt::print("{}}}\n", line);
  if (std::fflush(stdout) != 0) fail("cannot write the report");
}

void print_engines(const std::vector<const EngineInfo*>& present, bool to_stderr) {
  std::FILE* out = to_stderr ? stderr : stdout;
  for (const EngineInfo* engine : present)
    fmt::print(out, "{:<15} {}\n", engine->name, engine->what);
  for (const EngineInfo& engine : engine_list())
    if (engine.make == nullptr)
      fmt::print(out, "{:<15} absent: {} was not found when this was built\n", engine.name,
                 engine.package);
  fmt::print(out,
             "x probe: records per second over single flushes per second of the same bytes, "
             "measured before and after each run\n\n");
}

void print_single_writer(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    if (row.engine != "seawall" || row.cell.workload != Workload::kDurablePersist ||
        row.cell.threads != 1)
      continue;
    fmt::print(
        "\nOne durable writer, {} bytes: persist p50 {:.1f} us, bare pwrite+fdatasync of the "
        "same bytes p50 {:.1f} us, ratio {:.2f} (required: at most {}): {}\n",
        row.cell.value_bytes, row.p50_us, row.probe_p50_us, row.p50_ratio_to_probe, kRequiredRatio,
        row.p50_ratio_to_probe <= kRequiredRatio ? "met" : "MISSED");
  }
}

}  // namespace seawall::bench
