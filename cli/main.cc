#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "seawall/error.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"

namespace {

// A process started with stdin, stdout or stderr closed would give their numbers to the log's
// files, and a message would be written into the log. Writing to the stand-in for stdout fails.
bool occupy_standard_descriptors() {
  constexpr std::array<int, 3> kModes{O_RDONLY, O_RDONLY, O_WRONLY};
  for (int fd = 0; const int mode : kModes) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) != fd) return false;
    ++fd;
  }
  return true;
}

bool is_shortage(const std::system_error& error) {
  constexpr std::array kShortages{EMFILE, ENFILE, ENOMEM, EAGAIN};
  return std::ranges::find(kShortages, error.code().value()) != kShortages.end();
}

}  // namespace

int main(int argc, char** argv) {
  using seawall::Errc;
  using seawall::cli::ExitCode;
  if (!occupy_standard_descriptors()) return static_cast<int>(ExitCode::kIo);
  // A closed stdout is an error like others: the current group is finished first.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return static_cast<int>(ExitCode::kIo);
  // What was acknowledged is durable whatever is thrown.
  try {
    return static_cast<int>(seawall::cli::run_command_line(argc, argv));
  } catch (const std::system_error& error) {
    // No descriptor for an event or the signals, no memory for a thread.
    return static_cast<int>(
        seawall::cli::fail({.code = is_shortage(error) ? Errc::kExhausted : Errc::kIo,
                            .os_errno = error.code().value(),
                            .message = error.what()}));
  } catch (const std::bad_alloc& error) {
    return static_cast<int>(
        seawall::cli::fail({.code = Errc::kExhausted, .message = error.what()}));
  } catch (const std::exception& error) {
    // A library's.
    seawall::cli::print_error(error.what());
    return static_cast<int>(ExitCode::kUsage);
  }
}
