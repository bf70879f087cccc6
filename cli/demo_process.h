#pragma once

#include <string>

#include <sys/types.h>

#include "seawall/error.h"

namespace seawall::cli {

/// The demo's consumer: this program again, with the hidden verb `demo-consumer`, at the other end
/// of two pipes. Killed when destroyed.
class DemoProcess {
 public:
  [[nodiscard]] static Result<DemoProcess> start(const std::string& log_dir);

  ~DemoProcess();
  DemoProcess(DemoProcess&& other) noexcept;
  DemoProcess& operator=(DemoProcess&& other) noexcept;
  DemoProcess(const DemoProcess&) = delete;
  DemoProcess& operator=(const DemoProcess&) = delete;

  /// Descriptors that do not block: its stdin and its stdout.
  [[nodiscard]] int input_fd() const { return input_fd_; }
  [[nodiscard]] int output_fd() const { return output_fd_; }

  void close_input();

  /// Sends SIGKILL and waits for the end.
  void kill_now();

  /// Waits for the end; returns its exit code, or -1 when a signal ended it.
  int wait_end();

 private:
  DemoProcess(pid_t pid, int input_fd, int output_fd)
      : pid_(pid), input_fd_(input_fd), output_fd_(output_fd) {}

  pid_t pid_;
  int input_fd_;
  int output_fd_;
};

}  // namespace seawall::cli
