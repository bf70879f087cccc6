/// \file
/// seawall_bench: Seawall, its peers and the bare device, side by side.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>  // NOLINT(misc-include-cleaner): the umbrella header
#include <stdlib.h>     // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's

#include "engine.h"
#include "engine_list.h"
#include "machine.h"
#include "reopen_child.h"
#include "report.h"
#include "runner.h"
#include "workload.h"

namespace seawall::bench {
namespace {

constexpr double kNsPerSecond = 1e9;

struct Arguments {
  bool quick = false;
  bool smoke = false;
  bool long_run = false;
  bool json = false;
  std::size_t rounds = 0;
  double seconds = 0;
  double steady_seconds = 0;
  std::string dir = ".";
  std::string results;
  std::vector<std::string> workloads;
  std::vector<std::string> engines;
  ReopenChild child;
};

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const EngineInfo& engine : engine_list()) names.emplace_back(engine.name);
  return names;
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const Workload& workload : workload_list()) names.emplace_back(workload.name);
  return names;
}

// NOLINTBEGIN(misc-include-cleaner): CLI11 is used through its one umbrella header
void add_options(CLI::App& app, Arguments& arguments) {
  app.add_flag("--quick", arguments.quick, "Under a minute: fewer engines and cells");
  app.add_flag("--smoke", arguments.smoke, "Under a minute: Seawall and the probe");
  app.add_flag("--long", arguments.long_run, "Also reopen 10 million records");
  app.add_flag("--json", arguments.json, "One JSON object per cell and line, of ten keys");
  app.add_option("--results", arguments.results, "Also write all that was measured to this file");
  app.add_option("--rounds", arguments.rounds, "Runs per cell; the median is shown (default 3)")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", arguments.seconds, "Length of a run (default 1, quick 0.3)")
      ->check(CLI::PositiveNumber);
  app.add_option("--steady-seconds", arguments.steady_seconds,
                 "Length of steady_state, with and without checkpoints each (default 60)")
      ->check(CLI::PositiveNumber);
  app.add_option("--dir", arguments.dir, "Directory on the device to measure (default: here)");
  app.add_option("--workload", arguments.workloads, "Only these")
      ->check(CLI::IsMember(workload_names()));
  app.add_option("--engine", arguments.engines, "Only these")->check(CLI::IsMember(engine_names()));
  // How the benchmark starts itself; in no help text.
  app.add_option("--child", arguments.child.role)->group("");
  app.add_option("--value-bytes", arguments.child.value_bytes)->group("");
  app.add_option("--clients", arguments.child.clients)->group("");
  app.add_option("--records", arguments.child.records)->group("");
}
// NOLINTEND(misc-include-cleaner)

bool wanted(const std::vector<std::string>& filter, std::string_view name) {
  return filter.empty() || std::ranges::find(filter, name) != filter.end();
}

/// Returns whether `engine` belongs to the run when none was named.
bool in_set(const Arguments& arguments, const EngineInfo& engine) {
  if (arguments.smoke) return engine.name == "seawall" || engine.name == "probe";
  return engine.quick || !arguments.quick;
}

std::vector<const EngineInfo*> chosen_engines(const Arguments& arguments) {
  std::vector<const EngineInfo*> chosen;
  for (const EngineInfo& engine : engine_list()) {
    const bool named = !arguments.engines.empty();
    if (engine.make == nullptr || !wanted(arguments.engines, engine.name)) continue;
    if (named || in_set(arguments, engine)) chosen.push_back(&engine);
  }
  if (chosen.empty()) fail("none of these engines is in this build");
  return chosen;
}

Extent extent_of(const Arguments& arguments) {
  if (arguments.smoke) return Extent::kSmoke;
  // A workload that is named runs with all its numbers.
  if (arguments.quick && arguments.workloads.empty()) return Extent::kQuick;
  return arguments.long_run ? Extent::kLong : Extent::kFull;
}

RunnerOptions runner_options(const Arguments& arguments, const std::string& dir) {
  constexpr std::size_t kRounds = 3;
  constexpr double kSeconds = 1;
  constexpr double kQuickSeconds = 0.3;
  constexpr double kSteadySeconds = 60;
  constexpr double kWarmUpShare = 0.25;
  constexpr double kProbeShare = 0.2;
  double seconds = arguments.quick || arguments.smoke ? kQuickSeconds : kSeconds;
  if (arguments.seconds > 0) seconds = arguments.seconds;
  const double steady_seconds =
      arguments.steady_seconds > 0 ? arguments.steady_seconds : kSteadySeconds;
  const auto to_ns = [](double length) {
    return static_cast<std::uint64_t>(length * kNsPerSecond);
  };
  return {.dir = dir,
          .rounds = arguments.rounds > 0 ? arguments.rounds : kRounds,
          .times = {.warm_up_ns = to_ns(seconds * kWarmUpShare),
                    .run_ns = to_ns(seconds),
                    .steady_ns = to_ns(steady_seconds)},
          .probe_ns = to_ns(seconds * kProbeShare)};
}

void run_cells(const Arguments& arguments, const std::string& dir) {
  const std::vector<const EngineInfo*> engines = chosen_engines(arguments);
  std::ofstream results;
  if (!arguments.results.empty()) results.open(arguments.results, std::ios::trunc);
  results << machine_line(dir);
  print_engines(engines, arguments.json);
  Runner runner(runner_options(arguments, dir));
  if (!arguments.json) print_header();
  constexpr double kQuickShare = 0.02;
  for (Cell cell : cells(extent_of(arguments))) {
    if (arguments.quick || arguments.smoke) cell.share = kQuickShare;
    if (!wanted(arguments.workloads, cell.workload->name)) continue;
    runner.run(cell, engines, [&](const Row& row) {
      arguments.json ? print_json(row) : print_row(row);
      results << results_line(row) << std::flush;
    });
  }
  if (!arguments.results.empty() && !results) fail("cannot write " + arguments.results);
}

int run_child(const Arguments& arguments) {
  ReopenChild child = arguments.child;
  if (arguments.engines.empty()) fail("--child needs --engine");
  child.engine = arguments.engines.front();
  child.dir = arguments.dir;
  return run_reopen_child(child);
}

int run_parent(const Arguments& arguments) {
  std::string dir = std::filesystem::absolute(arguments.dir) / "seawall-bench-XXXXXX";
  if (::mkdtemp(dir.data()) == nullptr) fail("cannot make a directory in " + arguments.dir);
  run_cells(arguments, dir);
  std::filesystem::remove_all(dir);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace seawall::bench

// NOLINTBEGIN(misc-include-cleaner): CLI11 is used through its one umbrella header
int main(int argc, char** argv) try {
  CLI::App app("Measures Seawall, its peers and the bare device side by side.");
  seawall::bench::Arguments arguments;
  seawall::bench::add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  return arguments.child.role.empty() ? seawall::bench::run_parent(arguments)
                                      : seawall::bench::run_child(arguments);
} catch (const std::exception& error) {  // CLI11 and std::filesystem throw
  seawall::bench::fail(error.what());
}
// NOLINTEND(misc-include-cleaner)
