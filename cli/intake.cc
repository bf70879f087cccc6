#include "intake.h"

#include <cerrno>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "ack_printer.h"
#include "console.h"
#include "exit_code.h"
#include "input_record.h"
#include "line_source.h"
#include "output.h"
#include "stop_signals.h"

namespace seawall::cli {
namespace {

// How often a blocked intake looks for signals, and asks a full disk again.
constexpr int kLookMs = 50;

// How long a stopped process waits for a stdout that nobody reads.
constexpr int kGraceMs = 1000;

}  // namespace

Intake::Intake(WriteAheadLog& log, StopSignals& stop, Settings settings)
    : log_(log), stop_(stop), settings_(settings), acks_(log, STDOUT_FILENO, settings.in_flight) {}

bool Intake::wait_room() {
  while (!acks_.wait_room(kLookMs)) {
    if (stop_.wait(0) != 0) return false;
    if (acks_.ended()) return false;
  }
  return true;
}

Result<bool> Intake::take(const InputRecord& record) {
  while (wait_room()) {
    const Result<Ticket> ticket =
        log_.submit(record.client, record.data, record.id, record.producer);
    if (ticket) {
      acks_.add(fmt::format("{},\"id\":{}", record.client_member, record.id_text), *ticket);
      return true;
    }
    if (ticket.error().code == Errc::kBusy) {
      acks_.wait_progress(kLookMs);
    } else if (ticket.error().code == Errc::kNoSpace && settings_.wait_space) {
      if (!told_waiting_) print_note("waiting for space: " + to_string(ticket.error()));
      told_waiting_ = true;
      if (stop_.wait(kLookMs) != 0) return false;
    } else {
      return std::unexpected(ticket.error());
    }
  }
  return false;
}

ExitCode Intake::take_line(std::string_view line, const std::string& place, bool& more) {
  more = true;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return ExitCode::kOk;
  const Result<InputRecord> record = parse_input_line(line);
  const Result<bool> taken = record ? take(*record) : std::unexpected(record.error());
  more = taken && *taken;
  if (taken) return ExitCode::kOk;
  print_error(place + ": " + to_string(taken.error()));
  return exit_code(taken.error().code);
}

ExitCode Intake::take_lines(int fd, const std::string& source, std::uint64_t total_bytes) {
  LineSource lines(fd, stop_.fd(), acks_.failed_fd(), kLineBytesMax);
  Progress progress("persist", total_bytes);
  const auto place = [&](std::uint64_t number) {
    return fmt::format("{}: line {}", source, number);
  };
  ExitCode code = ExitCode::kOk;
  bool more = true;
  while (more && code == ExitCode::kOk) {
    switch (lines.next()) {
      case LineSource::Event::kLine:
        code = take_line(lines.line(), place(lines.line_number()), more);
        progress.at(lines.bytes_read());
        break;
      case LineSource::Event::kTooLong:
        print_error(fmt::format("{}: longer than {} bytes, over the largest record",
                                place(lines.line_number() + 1), kLineBytesMax));
        return ExitCode::kUsage;
      case LineSource::Event::kFailed:
        return fail({Errc::kIo, lines.os_errno(), "cannot read " + source, {}});
      case LineSource::Event::kEnd:
      case LineSource::Event::kInterrupted:
        more = false;
        break;
    }
  }
  return code;
}

ExitCode Intake::acks_code(ExitCode code) const {
  if (acks_.log_error()) return fail(*acks_.log_error());
  // A stopped process gave up on a stdout that nobody reads: that is no failure of stdout.
  const bool gave_up = acks_.stdout_errno() == ECANCELED;
  if (acks_.stdout_errno() != 0 && !gave_up) return stdout_failed(acks_.stdout_errno());
  return code;
}

ExitCode Intake::finish(ExitCode code) {
  int left_ms = kGraceMs;
  while (!acks_.wait_printed(kLookMs) && left_ms > 0) {
    if (stop_.taken() != 0) left_ms -= kLookMs;
  }
  acks_.finish();
  const ExitCode acked = acks_code(code);
  const Result<void> closed = log_.close();
  if (acked != ExitCode::kOk) return acked;
  if (!closed) return fail(closed.error());
  return stop_.taken() != 0 ? signal_exit_code(stop_.taken()) : ExitCode::kOk;
}

}  // namespace seawall::cli
