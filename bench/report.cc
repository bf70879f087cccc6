#include "report.h"

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "engine.h"
#include "engine_list.h"
#include "runner.h"
#include "workload.h"

namespace seawall::bench {
namespace {

std::string ten_keys(const Row& row) {
  return fmt::format(
      R"("workload":"{}","engine":"{}","threads":{},"in_flight":{},"value_bytes":{},)"
      R"("ops_per_s":{:.1f},"p50_us":{:.3f},"p99_us":{:.3f},"ratio_to_probe":{:.4f},)"
      R"("cpu_us_per_op":{:.3f})",
      row.cell.workload->name, row.engine, row.cell.threads, row.cell.in_flight,
      row.cell.value_bytes, row.median.ops_per_s, row.median.p50_us, row.median.p99_us,
      row.ratio_to_probe, row.median.cpu_us_per_op);
}

}  // namespace

void print_header() {
  fmt::print("{:<19} {:>7} {:>9} {:>6} {:<15} {:>12} {:>25} {:>10} {:>10} {:>9} {:>9}\n",
             "workload", "threads", "in flight", "bytes", "engine", "ops/s", "min - max", "p50 us",
             "p99 us", "x probe", "CPU us/op");
}

void print_row(const Row& row) {
  fmt::print(
      "{:<19} {:>7} {:>9} {:>6} {:<15} {:>12.0f} {:>25} {:>10.1f} {:>10.1f} {:>9.2f} {:>9.2f}\n",
      row.cell.workload->name, row.cell.threads, row.cell.in_flight, row.cell.value_bytes,
      row.engine, row.median.ops_per_s,
      fmt::format("{:.0f} - {:.0f}", row.ops_per_s_min, row.ops_per_s_max), row.median.p50_us,
      row.median.p99_us, row.ratio_to_probe, row.median.cpu_us_per_op);
  std::string_view before = "    ";
  for (const Figure& figure : row.median.figures) {
    fmt::print("{}{} {:.4g}", before, figure.name, figure.value);
    before = ", ";
  }
  if (!row.median.figures.empty()) fmt::print("\n");
  if (std::fflush(stdout) != 0) fail("cannot write the report");
}

void print_json(const Row& row) {
  fmt::print("{{{}}}\n", ten_keys(row));
  if (std::fflush(stdout) != 0) fail("cannot write the report");
}

std::string results_line(const Row& row) {
  std::string line = fmt::format(
      R"({{{},"ops_per_s_min":{:.1f},"ops_per_s_max":{:.1f},"rounds":{},"probe_p50_us":{:.3f},)"
      R"("p50_ratio_to_probe":{:.4f},"clients":{},"records":{})",
      ten_keys(row), row.ops_per_s_min, row.ops_per_s_max, row.rounds, row.probe_p50_us,
      row.p50_ratio_to_probe, row.cell.clients, row.cell.records);
  for (const Figure& figure : row.median.figures)
    line += fmt::format(R"(,"{}":{:.6g})", figure.name, figure.value);
  if (!row.median.disk_mib.empty()) {
    line += fmt::format(R"(,"disk_sample_ms":{},"disk_mib":[)", kDiskSampleMs);
    for (std::size_t index = 0; index < row.median.disk_mib.size(); ++index)
      line += fmt::format("{}{:.1f}", index == 0 ? "" : ",", row.median.disk_mib[index]);
    line += "]";
  }
  return line + "}\n";
}

void print_engines(const std::vector<const EngineInfo*>& present, bool to_stderr) {
  std::FILE* out = to_stderr ? stderr : stdout;
  for (const EngineInfo* engine : present)
    fmt::print(out, "{:<19} {}\n", engine->name, engine->what);
  for (const EngineInfo& engine : engine_list())
    if (engine.make == nullptr)
      fmt::print(out, "{:<19} absent: {} was not found when this was built\n", engine.name,
                 engine.package);
  fmt::print(out, "\n");
  for (const Workload& workload : workload_list())
    fmt::print(out, "{:<19} {}\n", workload.name, workload.what);
  fmt::print(out,
             "x probe: operations per second over single flushes per second of the same bytes, "
             "measured before and after each run\n\n");
}

}  // namespace seawall::bench
