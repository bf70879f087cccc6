#include "self_process.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX's
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"

// NOLINTBEGIN(misc-include-cleaner): SIGKILL, kill and WTERMSIG are in private headers of glibc
namespace seawall::bench {
namespace {

constexpr std::size_t kPipeBytes = 4096;

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

}  // namespace

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
  std::string output = read_all(pipe_fds[0]);
  ::close(pipe_fds[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  return {.exited_well = status == 0,
          .killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
          .output = std::move(output)};
}

void kill_self() {
  ::kill(::getpid(), SIGKILL);
  fail("outlived SIGKILL");
}

}  // namespace seawall::bench
// NOLINTEND(misc-include-cleaner)
