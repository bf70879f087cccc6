#include "demo_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <expected>
#include <string>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seawall/error.h"

extern char** environ;

namespace seawall::cli {
namespace {

void close_if_open(int fd) {
  if (fd >= 0) close(fd);
}

// Starts this program's consumer on the given ends of the pipes; returns 0 or the errno.
int spawn_consumer(const std::string& log_dir, int input, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  std::string program = "/proc/self/exe";
  std::string verb = "demo-consumer";
  std::string dir = log_dir;
  std::array<char*, 4> words{program.data(), verb.data(), dir.data(), nullptr};
  const int fault = posix_spawn(&pid, program.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return fault;
}

}  // namespace

Result<DemoProcess> DemoProcess::start(const std::string& log_dir) {
  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  pid_t pid = -1;
  int fault = pipe2(input.data(), O_CLOEXEC) == 0 ? 0 : errno;
  if (fault == 0) fault = pipe2(output.data(), O_CLOEXEC) == 0 ? 0 : errno;
  if (fault == 0) fault = spawn_consumer(log_dir, input[0], output[1], pid);
  close_if_open(input[0]);
  close_if_open(output[1]);
  const bool ready = fault == 0 && fcntl(input[1], F_SETFL, O_NONBLOCK) == 0 &&
                     fcntl(output[0], F_SETFL, O_NONBLOCK) == 0;
  if (ready) return DemoProcess(pid, input[1], output[0]);
  close_if_open(input[1]);
  close_if_open(output[0]);
  return std::unexpected(Error{Errc::kIo, fault, "cannot start the consumer", {}});
}

DemoProcess::DemoProcess(DemoProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_fd_(std::exchange(other.input_fd_, -1)),
      output_fd_(std::exchange(other.output_fd_, -1)) {}

DemoProcess& DemoProcess::operator=(DemoProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(input_fd_, other.input_fd_);
  std::swap(output_fd_, other.output_fd_);
  return *this;
}

DemoProcess::~DemoProcess() {
  kill_now();
  close_input();
  close_if_open(output_fd_);
}

void DemoProcess::close_input() {
  close_if_open(std::exchange(input_fd_, -1));
}

void DemoProcess::kill_now() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  (void)wait_end();
}

int DemoProcess::wait_end() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace seawall::cli
