#pragma once

namespace seawall::cli {

/// Turns SIGINT and SIGTERM into a readable descriptor, so that the current group can be finished.
/// Make it before any thread starts: threads inherit the mask. A second signal ends the process at
/// once.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable until `taken`.
  [[nodiscard]] int fd() const { return fd_; }

  /// Returns the first signal that came, 0 when none has.
  [[nodiscard]] int taken();

  /// Waits for `ms` milliseconds or a signal; returns `taken()`.
  int wait(int ms);

 private:
  int fd_;
  int signal_ = 0;
};

}  // namespace seawall::cli
