#pragma once

/// \file
/// Data on stdout.

#include <cstddef>
#include <string>
#include <string_view>

#include "exit_code.h"

namespace seawall::cli {

/// Writes all of `bytes` to `fd` and returns 0 or the errno. Ends with `ECANCELED` soon after
/// `cancel_fd` (when not -1) becomes readable, even while nobody reads what `fd` leads to.
[[nodiscard]] int write_all(int fd, std::string_view bytes, int cancel_fd = -1);

/// Reports that stdout failed with `os_errno` and returns the exit code: as if killed by SIGPIPE,
/// silently, when its reader is gone.
[[nodiscard]] ExitCode stdout_failed(int os_errno);

/// Buffers stdout. After the first failure everything is dropped.
class Output {
 public:
  /// Adds `text`; returns false once stdout has failed, so that long work can end early.
  bool print(std::string_view text);

  /// Writes what is left. Returns `code`, or what the failure of stdout makes of it.
  [[nodiscard]] ExitCode finish(ExitCode code);

 private:
  void flush();

  std::string buffer_;
  int errno_ = 0;
};

}  // namespace seawall::cli
