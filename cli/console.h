#pragma once

/// \file
/// Messages on stderr. Data goes to stdout (output.h).

#include <cstdint>
#include <string_view>

#include "seawall/error.h"

#include "exit_code.h"

namespace seawall::cli {

/// Prints "seawall: error: <message>"; "error" is red on a terminal unless NO_COLOR is set.
void print_error(std::string_view message);

/// Prints `error` and returns the exit code it stands for.
ExitCode fail(const Error& error);

/// Prints "seawall: <message>".
void print_note(std::string_view message);

/// A bar on stderr for long work; prints nothing unless stderr is a terminal.
class Progress {
 public:
  Progress(std::string_view title, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows `done` of the total; cheap to call often.
  void at(std::uint64_t done);

 private:
  std::string_view title_;
  std::uint64_t total_;
  std::uint64_t next_draw_us_ = 0;
  bool enabled_;
  bool drawn_ = false;
};

}  // namespace seawall::cli
