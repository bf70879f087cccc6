#include "output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

#include <poll.h>
#include <unistd.h>

#include "seawall/error.h"

#include "console.h"
#include "exit_code.h"

namespace seawall::cli {
namespace {

// Waits until `fd` takes PIPE_BUF bytes without blocking; returns 0 or the errno.
int wait_writable(int fd, int cancel_fd) {
  std::array<pollfd, 2> fds{{{.fd = fd, .events = POLLOUT, .revents = 0},
                             {.fd = cancel_fd, .events = POLLIN, .revents = 0}}};
  while (true) {
    if (poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    // Room first: a cancelled writer still says what it can without waiting.
    if (fds[0].revents != 0) return 0;
    if (fds[1].revents != 0) return ECANCELED;
  }
}

}  // namespace

int write_all(int fd, std::string_view bytes, int cancel_fd) {
  while (!bytes.empty()) {
    if (const int fault = wait_writable(fd, cancel_fd); fault != 0) return fault;
    // poll promises room for PIPE_BUF bytes; more could block past a cancel.
    const ssize_t written = write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

ExitCode stdout_failed(int os_errno) {
  // A closed stdout is /dev/null opened for reading here (main.cc): EBADF.
  if (os_errno == EPIPE || os_errno == EBADF) return signal_exit_code(SIGPIPE);
  return fail({Errc::kIo, os_errno, "cannot write to stdout", {}});
}

bool Output::print(std::string_view text) {
  constexpr std::size_t kBufferBytes = 65'536;
  buffer_.append(text);
  if (buffer_.size() >= kBufferBytes) flush();
  return errno_ == 0;
}

void Output::flush() {
  if (errno_ == 0) errno_ = write_all(STDOUT_FILENO, buffer_);
  buffer_.clear();
}

ExitCode Output::finish(ExitCode code) {
  flush();
  return errno_ == 0 ? code : stdout_failed(errno_);
}

}  // namespace seawall::cli
