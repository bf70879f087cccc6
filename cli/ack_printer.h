#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

namespace seawall::cli {

/// Prints one line per record once it is durable, in the order they were added, on a thread of its
/// own: acks are never held back by input that is late.
class AckPrinter {
 public:
  /// Keeps at most `in_flight_max` records unprinted. `log` is borrowed until `finish`; `fd` is
  /// where to print.
  AckPrinter(WriteAheadLog& log, int fd, std::size_t in_flight_max);
  ~AckPrinter();
  AckPrinter(const AckPrinter&) = delete;
  AckPrinter& operator=(const AckPrinter&) = delete;

  /// Waits for room for up to `ms` milliseconds; returns whether `add` may be called.
  [[nodiscard]] bool wait_room(int ms);

  /// Waits until a record gets printed, none is left, or `ms` milliseconds are over.
  void wait_progress(int ms);

  /// Adds a record; `head` is its line up to the outcome.
  void add(std::string head, Ticket ticket);

  /// Returns whether printing has ended early.
  [[nodiscard]] bool ended();

  /// Readable once printing has ended early.
  [[nodiscard]] int failed_fd() const { return failed_fd_; }

  /// Says that no more will be added and waits up to `ms` milliseconds until all is printed or
  /// printing has ended early; returns whether so.
  [[nodiscard]] bool wait_printed(int ms);

  /// Ends the thread; acks that nobody has read by now are given up.
  void finish();

  /// After `finish`: why the log failed, and errno of stdout or 0.
  [[nodiscard]] const std::optional<Error>& log_error() const { return log_error_; }
  [[nodiscard]] int stdout_errno() const { return stdout_errno_; }

 private:
  struct Pending {
    std::string head;
    Ticket ticket;
  };

  void run();
  bool print_durable();
  std::optional<Lsn> next_lsn();

  WriteAheadLog& log_;
  int fd_;
  std::size_t in_flight_max_;
  int failed_fd_;
  int cancel_fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Pending> pending_;
  std::size_t unprinted_ = 0;  // pending_ and what is being written
  bool closing_ = false;
  bool ended_ = false;
  std::optional<Error> log_error_;
  int stdout_errno_ = 0;
  std::thread thread_;
};

}  // namespace seawall::cli
