#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX's
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "engine_list.h"
#include "measure.h"
#include "posix_files.h"
#include "traffic.h"
#include "workload.h"

// NOLINTBEGIN(misc-include-cleaner): SIGKILL, kill and WTERMSIG are in private headers of glibc
namespace seawall::bench {
namespace {

constexpr std::size_t kReopenClients = 100'000;
constexpr std::uint64_t kReopenRecords = 1'000'000;
constexpr std::size_t kLoadWindow = 1024;
constexpr std::size_t kVerifiedClients = 2'000;
constexpr std::uint64_t kLastId = kReopenRecords / kReopenClients;
constexpr std::size_t kPipeBytes = 4096;
constexpr double kNsPerUs = 1e3;

/// Runs this program with `arguments`; returns its wait status and what it printed. A program of
/// its own, since threads that engines keep (RocksDB's) do not survive a fork.
struct Ended {
  int status = 0;
  std::string output;
};

std::string read_all(int fd) {
  std::string text;
  std::array<char, kPipeBytes> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Ended run_self(std::vector<std::string> arguments) {
  std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<char*> argv{self.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  std::array<int, 2> pipe_fds{};
  if (::pipe2(pipe_fds.data(), O_CLOEXEC) != 0) fail("pipe2");
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0 ||
      ::posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO) != 0)
    fail("posix_spawn_file_actions");
  pid_t pid = 0;
  if (::posix_spawn(&pid, self.c_str(), &actions, nullptr, argv.data(), environ) != 0)
    fail("posix_spawn " + self);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_fds[1]);
  Ended ended{.output = read_all(pipe_fds[0])};
  ::close(pipe_fds[0]);
  while (::waitpid(pid, &ended.status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  return ended;
}

std::vector<std::string> arguments_of(std::string_view role, std::string_view engine,
                                      const std::string& dir, std::size_t value_bytes) {
  return {
      "--child",       std::string(role),          "--engine", std::string(engine), "--dir", dir,
      "--value-bytes", std::to_string(value_bytes)};
}

int write_and_die(Engine& engine, const ReopenChild& child) {
  const Traffic traffic(kReopenClients, child.value_bytes);
  Traffic::Share share(traffic, 0, 1);
  engine.open(child.dir);
  const std::unique_ptr<Pipeline> pipeline = engine.pipeline(kLoadWindow);
  for (std::uint64_t sent = 0; sent < kReopenRecords; ++sent) pipeline->push(share.next());
  pipeline->drain();
  ::kill(::getpid(), SIGKILL);
  return EXIT_FAILURE;
}

int open_and_tell(Engine& engine, const ReopenChild& child) {
  const std::uint64_t memory = resident_bytes();
  const double cpu = cpu_us();
  const std::uint64_t begin_ns = now_ns();
  engine.open(child.dir);
  const std::uint64_t open_ns = now_ns() - begin_ns;
  const double open_cpu = cpu_us() - cpu;
  const std::uint64_t grown = resident_bytes();
  fmt::print("{} {} {}\n", static_cast<double>(open_ns) / kNsPerUs, open_cpu,
             grown > memory ? grown - memory : 0);

  const Traffic traffic(kReopenClients, child.value_bytes);
  for (std::size_t client = 0; client < kReopenClients; client += kReopenClients / kVerifiedClients)
    if (engine.retrieve(traffic.client(client)) != traffic.value(client, kLastId))
      fail(fmt::format("{} lost acknowledged records of {}", child.engine, traffic.client(client)));
  engine.close();
  return EXIT_SUCCESS;
}

std::uint64_t live_bytes(const Cell& cell) {
  const Traffic traffic(1, 0);
  return kReopenClients * (traffic.client(0).size() + cell.value_bytes);
}

}  // namespace

Reopened run_reopen(const EngineInfo& engine, const Cell& cell, const std::string& dir) {
  const Ended writer = run_self(arguments_of("write", engine.name, dir, cell.value_bytes));
  if (!WIFSIGNALED(writer.status) || WTERMSIG(writer.status) != SIGKILL)
    fail(fmt::format("reopen: the writer of {} ended by itself", engine.name));
  Reopened result{
      .records = kReopenRecords, .disk_bytes = disk_bytes(dir), .live_bytes = live_bytes(cell)};
  const Ended opener = run_self(arguments_of("open", engine.name, dir, cell.value_bytes));
  std::istringstream figures(opener.output);
  std::uint64_t grown = 0;
  if (opener.status != 0 || !(figures >> result.open_us >> result.cpu_us >> grown))
    fail(fmt::format("reopen: {} did not open again", engine.name));
  result.memory_per_client_bytes = static_cast<double>(grown) / kReopenClients;
  return result;
}

int run_reopen_child(const ReopenChild& child) {
  const EngineInfo* info = find_engine(child.engine);
  if (info == nullptr || info->make == nullptr) fail("no engine " + child.engine);
  const std::unique_ptr<Engine> engine = info->make();
  return child.role == "write" ? write_and_die(*engine, child) : open_and_tell(*engine, child);
}

}  // namespace seawall::bench
// NOLINTEND(misc-include-cleaner)
