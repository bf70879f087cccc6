#include "reopen_child.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "engine.h"
#include "engine_list.h"
#include "measure.h"
#include "producer.h"
#include "self_process.h"
#include "traffic.h"

namespace seawall::bench {
namespace {

constexpr std::size_t kLoadWindow = 1024;
constexpr double kNsPerUs = 1e3;

std::vector<std::string> arguments_of(const ReopenChild& child) {
  return {"--child",       child.role,
          "--engine",      child.engine,
          "--dir",         child.dir,
          "--value-bytes", std::to_string(child.value_bytes),
          "--clients",     std::to_string(child.clients),
          "--records",     std::to_string(child.records)};
}

int load(Engine& engine, const ReopenChild& child) {
  const Traffic traffic(child.clients, child.value_bytes);
  Traffic::Share share(traffic, 0, 1);
  engine.open(child.dir, {});
  Producer(engine, kLoadWindow, share).run_records(child.records);
  if (child.role == "die") kill_self();
  engine.settle();
  engine.close();
  return EXIT_SUCCESS;
}

double us_since(std::uint64_t begin_ns) {
  return static_cast<double>(now_ns() - begin_ns) / kNsPerUs;
}

int open_and_tell(Engine& engine, const ReopenChild& child) {
  const Traffic traffic(child.clients, child.value_bytes);
  const std::uint64_t last_id = child.records / child.clients;
  const auto check = [&](std::size_t client) {
    if (engine.retrieve(traffic.client(client)) != traffic.value(client, last_id))
      fail(fmt::format("{} lost acknowledged records of {}", child.engine, traffic.client(client)));
  };
  const std::uint64_t memory_before = resident_bytes();
  const double cpu_before = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  engine.open(child.dir, {});
  const double open_us = us_since(begin_ns);
  const double cpu = cpu_us() - cpu_before;
  check(child.clients / 2);
  const double first_us = us_since(begin_ns);
  const std::uint64_t measuring_ns = now_ns();
  const std::uint64_t memory = resident_bytes();
  const double measured_us = us_since(measuring_ns);
  for (std::size_t client = 0; client < child.clients; ++client) check(client);
  const double all_us = us_since(begin_ns) - measured_us;
  engine.close();
  fmt::print("{} {} {} {} {}\n", open_us, first_us, all_us, cpu,
             memory > memory_before ? memory - memory_before : 0);
  return EXIT_SUCCESS;
}

}  // namespace

void run_loader(const ReopenChild& child) {
  const Ended ended = run_self(arguments_of(child));
  if (child.role == "die" ? !ended.killed : !ended.exited_well)
    fail(fmt::format("the process that loads {} ended too early", child.engine));
}

Reopened run_opener(const ReopenChild& child) {
  const Ended ended = run_self(arguments_of(child));
  std::istringstream figures(ended.output);
  Reopened found;
  if (!ended.exited_well || !(figures >> found.open_us >> found.first_retrieve_us >>
                              found.all_read_us >> found.cpu_us >> found.memory_bytes))
    fail(fmt::format("{} did not open again", child.engine));
  return found;
}

int run_reopen_child(const ReopenChild& child) {
  const EngineInfo* info = find_engine(child.engine);
  if (info == nullptr || info->make == nullptr) fail("no engine " + child.engine);
  const std::unique_ptr<Engine> engine = info->make();
  return child.role == "open" ? open_and_tell(*engine, child) : load(*engine, child);
}

}  // namespace seawall::bench
