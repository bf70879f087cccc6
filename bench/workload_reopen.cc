#include <cstddef>
#include <cstdint>
#include <string>

#include "measure.h"
#include "posix_files.h"
#include "reopen_child.h"
#include "traffic.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kUsPerSecond = 1e6;
constexpr double kMiB = 1 << 20;

ReopenChild child_of(const Run& run, const std::string& role) {
  return {.role = role,
          .engine = std::string(run.engine.name),
          .dir = run.dir,
          .value_bytes = run.cell.value_bytes,
          .clients = run.cell.clients,
          .records = run.cell.records};
}

std::size_t name_bytes() {
  return Traffic(1, 0).client(0).size();
}

/// `ops` is what the open counts: records or clients.
Sample sample_of_open(const Reopened& found, std::uint64_t ops) {
  const auto count = static_cast<double>(ops);
  Sample sample;
  sample.ops_per_s = count * kUsPerSecond / found.open_us;
  sample.p50_us = found.open_us;
  sample.p99_us = found.open_us;
  sample.cpu_us_per_op = found.cpu_us / count;
  return sample;
}

}  // namespace

Sample run_reopen(const Run& run) {
  run_loader(child_of(run, "die"));
  const auto disk = static_cast<double>(disk_bytes(run.dir));
  const auto live = static_cast<double>(run.cell.clients * (name_bytes() + run.cell.value_bytes));
  const Reopened found = run_opener(child_of(run, "open"));
  Sample sample = sample_of_open(found, run.cell.records);
  sample.figures = {{"first_retrieve_us", found.first_retrieve_us},
                    {"all_clients_read_us", found.all_read_us},
                    {"disk_mib", disk / kMiB},
                    {"disk_ratio_to_live", disk / live}};
  return sample;
}

Sample run_idle_clients(const Run& run) {
  run_loader(child_of(run, "settle"));
  const Reopened found = run_opener(child_of(run, "open"));
  Sample sample = sample_of_open(found, run.cell.clients);
  const double per_client = found.memory_bytes / static_cast<double>(run.cell.clients);
  const auto name = static_cast<double>(name_bytes());
  sample.figures = {{"memory_per_client_bytes", per_client},
                    {"memory_beside_name_bytes", per_client > name ? per_client - name : 0},
                    {"all_clients_read_us", found.all_read_us}};
  return sample;
}

}  // namespace seawall::bench
