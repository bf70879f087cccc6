#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace seawall::cli {

/// Lines of a descriptor, as they come. Ends early when another descriptor becomes readable.
class LineSource {
 public:
  enum class Event : unsigned char {
    kLine,         ///< `line()` is the next one.
    kEnd,          ///< The input has ended.
    kInterrupted,  ///< One of the interrupting descriptors is readable.
    kTooLong,      ///< The next line is longer than `line_bytes_max`.
    kFailed,       ///< Reading failed with `os_errno()`.
  };

  /// `stop_fd` and `failed_fd` interrupt. No descriptor is owned.
  LineSource(int fd, int stop_fd, int failed_fd, std::size_t line_bytes_max);

  /// Blocks until there is something to tell.
  Event next();

  /// The line without its end; borrowed until `next`. Its number counts from 1.
  [[nodiscard]] std::string_view line() const { return line_; }
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] int os_errno() const { return errno_; }

 private:
  bool take_line();
  bool take_rest();
  bool fill(Event& end);
  bool wait_readable(Event& end) const;

  int fd_;
  int stop_fd_;
  int failed_fd_;
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of the bytes not yet given out
  std::size_t searched_ = 0;  // no line end before here
  std::string_view line_;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_read_ = 0;
  int errno_ = 0;
  bool at_end_ = false;
};

}  // namespace seawall::cli
