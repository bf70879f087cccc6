#include <array>
#include <csignal>
#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <unistd.h>

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

}  // namespace

int main(int argc, char** argv) {
  using seawall::cli::ExitCode;
  if (!occupy_standard_descriptors()) return static_cast<int>(ExitCode::kIo);
  // A closed stdout is an error like others: the current group is finished first.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return static_cast<int>(ExitCode::kIo);
  try {
    return static_cast<int>(seawall::cli::run_command_line(argc, argv));
  } catch (const std::exception& error) {
    // Out of memory, or a library's: what was acknowledged is durable whatever it is.
    seawall::cli::print_error(error.what());
    return static_cast<int>(ExitCode::kUsage);
  }
}
