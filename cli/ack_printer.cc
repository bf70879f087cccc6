#include "ack_printer.h"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "output.h"

namespace seawall::cli {
namespace {

int new_event() {
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

void raise(int event) {
  // Fails only when the counter would overflow, and then it is raised.
  (void)eventfd_write(event, 1);
}

}  // namespace

AckPrinter::AckPrinter(WriteAheadLog& log, int fd, std::size_t in_flight_max)
    : log_(log),
      fd_(fd),
      in_flight_max_(in_flight_max),
      failed_fd_(new_event()),
      cancel_fd_(new_event()),
      thread_([this] { run(); }) {}

AckPrinter::~AckPrinter() {
  finish();
  close(failed_fd_);
  close(cancel_fd_);
}

bool AckPrinter::wait_room(int ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] {
    return ended_ || unprinted_ < in_flight_max_;
  }) && !ended_;
}

void AckPrinter::wait_progress(int ms) {
  std::unique_lock lock(mutex_);
  const std::size_t before = unprinted_;
  changed_.wait_for(lock, std::chrono::milliseconds(ms),
                    [&] { return ended_ || unprinted_ < before; });
}

void AckPrinter::add(std::string head, Ticket ticket) {
  const std::scoped_lock lock(mutex_);
  pending_.push_back({.head = std::move(head), .ticket = ticket});
  ++unprinted_;
  changed_.notify_all();
}

bool AckPrinter::ended() {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

bool AckPrinter::wait_printed(int ms) {
  std::unique_lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return ended_; });
}

void AckPrinter::finish() {
  if (!thread_.joinable()) return;
  if (!wait_printed(0)) raise(cancel_fd_);
  thread_.join();
}

std::optional<Lsn> AckPrinter::next_lsn() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closing_ || !pending_.empty(); });
  if (pending_.empty()) return std::nullopt;
  return pending_.front().ticket.lsn;
}

// Prints the records at the front that are durable, all with one write.
bool AckPrinter::print_durable() {
  const Lsn durable = log_.durable_lsn();
  std::string lines;
  std::size_t count = 0;
  {
    const std::scoped_lock lock(mutex_);
    for (; !pending_.empty() && pending_.front().ticket.lsn <= durable; ++count) {
      const Pending& ack = pending_.front();
      lines += fmt::format("{{{},\"outcome\":\"{}\",\"lsn\":{}}}\n", ack.head,
                           outcome_name(ack.ticket.outcome), ack.ticket.lsn.value);
      pending_.pop_front();
    }
  }
  stdout_errno_ = write_all(fd_, lines, cancel_fd_);
  const std::scoped_lock lock(mutex_);
  unprinted_ -= count;
  changed_.notify_all();
  return stdout_errno_ == 0;
}

void AckPrinter::run() {
  while (const std::optional<Lsn> lsn = next_lsn()) {
    if (const Result<void> durable = log_.wait(*lsn); !durable) {
      log_error_ = durable.error();
      break;
    }
    if (!print_durable()) break;
  }
  if (log_error_ || stdout_errno_ != 0) raise(failed_fd_);
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace seawall::cli
