#pragma once

/// \file
/// Forked processes and the pipes to them.

#include <array>
#include <csignal>
#include <cstdint>
#include <utility>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace seawall::process {

/// A pipe whose ends close by themselves.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() { close_end(0); }
  void close_writer() { close_end(1); }

  /// Blocks until the other side signals, or is gone; returns whether it signalled.
  bool wait() {
    close_writer();
    char byte = 0;
    return ::read(reader(), &byte, 1) == 1;
  }
  void signal() { EXPECT_EQ(::write(writer(), "x", 1), 1); }

 private:
  void close_end(std::size_t end) {
    if (ends_.at(end) >= 0) ::close(std::exchange(ends_.at(end), -1));
  }
  std::array<int, 2> ends_{-1, -1};
};

/// How a process ended.
struct Ending {
  bool killed = false;  ///< By a signal.
  int code = 0;         ///< The signal, or the exit code.
};

/// A forked process that runs a function and exits with what it returns. Killed on destruction.
class Child {
 public:
  template <class Body>
  explicit Child(const Body& body) : pid_(::fork()) {
    EXPECT_GE(pid_, 0);
    // Without destructors: those are the parent's objects.
    if (pid_ == 0) ::_exit(body());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill();
    static_cast<void>(wait());
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill() const { EXPECT_EQ(::kill(pid_, SIGKILL), 0); }

  Ending wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    if (WIFSIGNALED(status)) return {.killed = true, .code = WTERMSIG(status)};
    return {.killed = false, .code = WEXITSTATUS(status)};
  }

 private:
  pid_t pid_;
};

}  // namespace seawall::process
