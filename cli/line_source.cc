#include "line_source.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include <poll.h>
#include <unistd.h>

namespace seawall::cli {
namespace {

constexpr std::size_t kReadBytes = 65'536;

}  // namespace

LineSource::LineSource(int fd, int stop_fd, int failed_fd, std::size_t line_bytes_max)
    : fd_(fd), stop_fd_(stop_fd), failed_fd_(failed_fd), line_bytes_max_(line_bytes_max) {}

LineSource::Event LineSource::next() {
  Event end = Event::kEnd;
  while (!take_line()) {
    if (buffer_.size() - begin_ > line_bytes_max_) return Event::kTooLong;
    if (at_end_) return take_rest() ? Event::kLine : Event::kEnd;
    if (!fill(end)) return end;
  }
  return line_.size() > line_bytes_max_ ? Event::kTooLong : Event::kLine;
}

bool LineSource::take_line() {
  const std::size_t end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return false;
  }
  line_ = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = searched_ = end + 1;
  ++line_number_;
  return true;
}

// The last line may lack its end: half a line is no JSON object, so it cannot be taken for a whole.
bool LineSource::take_rest() {
  line_ = std::string_view(buffer_).substr(begin_);
  begin_ = searched_ = buffer_.size();
  if (!line_.empty()) ++line_number_;
  return !line_.empty();
}

bool LineSource::wait_readable(Event& end) const {
  std::array<pollfd, 3> fds{{{.fd = fd_, .events = POLLIN, .revents = 0},
                             {.fd = stop_fd_, .events = POLLIN, .revents = 0},
                             {.fd = failed_fd_, .events = POLLIN, .revents = 0}}};
  while (poll(fds.data(), fds.size(), -1) < 0) {
    if (errno != EINTR) return true;  // read will say what is wrong
  }
  end = Event::kInterrupted;
  return fds[1].revents == 0 && fds[2].revents == 0;
}

bool LineSource::fill(Event& end) {
  if (!wait_readable(end)) return false;
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kReadBytes);
  const ssize_t got = read(fd_, buffer_.data() + held, kReadBytes);
  const int fault = got < 0 ? errno : 0;
  buffer_.resize(held + (got > 0 ? static_cast<std::size_t>(got) : 0));
  bytes_read_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  at_end_ = got == 0;
  if (fault == 0 || fault == EINTR || fault == EAGAIN) return true;
  errno_ = fault;
  end = Event::kFailed;
  return false;
}

}  // namespace seawall::cli
