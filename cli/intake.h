#pragma once

#include <cstddef>
#include <string>

#include "seawall/error.h"
#include "seawall/write_ahead_log.h"

#include "ack_printer.h"
#include "exit_code.h"
#include "input_record.h"
#include "stop_signals.h"

namespace seawall::cli {

/// Feeds records to an open log and prints their acks: the working part of `persist`.
class Intake {
 public:
  struct Settings {
    std::size_t in_flight = 1;
    bool wait_space = false;
  };

  /// All are borrowed until `finish`. Acks go to stdout.
  Intake(WriteAheadLog& log, StopSignals& stop, Settings settings);

  /// Submits `record`, waiting while too much is in flight, and for space if so set. Returns false
  /// when a signal or a dead stdout ends the work first. Errors as `WriteAheadLog::submit`.
  [[nodiscard]] Result<bool> take(const InputRecord& record);

  /// Takes every line of `fd`, called `source` in messages, until it ends, a line is refused or the
  /// work is stopped; `total_bytes` is for the progress bar. Returns what went wrong with the
  /// input.
  [[nodiscard]] ExitCode take_lines(int fd, const std::string& source, std::uint64_t total_bytes);

  /// Waits for the acks, closes the log. Returns the worse of `code` and what happened since.
  [[nodiscard]] ExitCode finish(ExitCode code);

 private:
  [[nodiscard]] bool wait_room();
  [[nodiscard]] ExitCode take_line(std::string_view line, const std::string& place, bool& more);
  ExitCode acks_code(ExitCode code) const;

  WriteAheadLog& log_;
  StopSignals& stop_;
  Settings settings_;
  AckPrinter acks_;
  bool told_waiting_ = false;
};

}  // namespace seawall::cli
