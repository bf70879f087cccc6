#include "demo_feeder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "seawall/error.h"

#include "base/clock.h"
#include "demo_broker.h"
#include "demo_process.h"

namespace seawall::cli {
namespace {

// A kill comes up to so long after the ack it waits for: within several groups, or within recovery.
constexpr std::uint64_t kKillDelayUsMax = 3000;

Error broken(std::string message) {
  return {Errc::kIo, 0, std::move(message), {}};
}

}  // namespace

DemoFeeder::DemoFeeder(DemoBroker& broker, std::string log_dir, unsigned kills, std::uint64_t seed)
    : broker_(broker),
      log_dir_(std::move(log_dir)),
      random_(seed),
      progress_("demo", broker.scheduled()) {
  for (unsigned i = 0; i < kills && broker.scheduled() > 0; ++i) {
    kill_at_acks_.push_back(random_() % broker.scheduled());
  }
  std::ranges::sort(kill_at_acks_, std::greater<>());
}

Result<void> DemoFeeder::run() {
  while (!broker_.done() || !kill_at_acks_.empty()) {
    Result<void> done;
    if (!process_) {
      done = start();
    } else if (kill_due()) {
      done = kill();
    } else {
      done = step();
    }
    if (!done) return done;
    progress_.at(broker_.acks());
  }
  return end_consumer();
}

Result<void> DemoFeeder::start() {
  Result<DemoProcess> started = DemoProcess::start(log_dir_);
  if (!started) return std::unexpected(started.error());
  process_.emplace(std::move(*started));
  ready_ = false;
  started_us_ = base::monotonic_us();
  unwritten_.clear();
  unread_.clear();
  return {};
}

bool DemoFeeder::kill_due() {
  if (kill_at_acks_.empty()) return false;
  // With everything acknowledged, the kills that are left hit an idle consumer.
  const bool reached = broker_.done() || broker_.acks() >= kill_at_acks_.back();
  if (reached && !kill_at_us_) {
    kill_at_us_ = base::monotonic_us() + (random_() % kKillDelayUsMax);
  }
  return kill_at_us_ && base::monotonic_us() >= *kill_at_us_;
}

Result<void> DemoFeeder::kill() {
  process_->kill_now();
  // Acks on their way count: they were durable when they were sent.
  const Result<bool> drained = read_lines();
  if (!drained) return std::unexpected(drained.error());
  process_.reset();
  broker_.consumer_died();
  kill_at_acks_.pop_back();
  kill_at_us_.reset();
  ++kills_;
  return {};
}

int DemoFeeder::poll_timeout_ms() const {
  constexpr int kStuckMs = 20'000;
  constexpr std::uint64_t kUsPerMs = 1000;
  if (!kill_at_us_) return kStuckMs;
  const std::uint64_t now = base::monotonic_us();
  return *kill_at_us_ > now ? static_cast<int>((*kill_at_us_ - now) / kUsPerMs) : 0;
}

Result<void> DemoFeeder::step() {
  const bool has_more = broker_.has_next() || !unwritten_.empty();
  const auto wanted = static_cast<short>(has_more ? POLLOUT : 0);
  std::array<pollfd, 2> fds{{{.fd = process_->input_fd(), .events = wanted, .revents = 0},
                             {.fd = process_->output_fd(), .events = POLLIN, .revents = 0}}};
  const int ready = poll(fds.data(), fds.size(), poll_timeout_ms());
  if (ready == 0 && !kill_at_us_) return std::unexpected(broken("the consumer does not answer"));
  if ((fds[0].revents & POLLOUT) != 0) write_messages();
  if (fds[1].revents == 0) return {};
  const Result<bool> open = read_lines();
  if (!open) return std::unexpected(open.error());
  if (*open) return {};
  return std::unexpected(broken("the consumer ended by itself with exit code " +
                                std::to_string(process_->wait_end())));
}

void DemoFeeder::write_messages() {
  constexpr std::size_t kBatchBytes = 65'536;
  while (unwritten_.size() < kBatchBytes && broker_.has_next()) unwritten_ += broker_.deliver();
  const ssize_t written = write(process_->input_fd(), unwritten_.data(), unwritten_.size());
  // A dead consumer is noticed by the end of its output.
  if (written > 0) unwritten_.erase(0, static_cast<std::size_t>(written));
}

// Takes what the consumer has said so far; returns false at the end of its output.
Result<bool> DemoFeeder::read_lines() {
  constexpr std::size_t kReadBytes = 65'536;
  std::string bytes(kReadBytes, '\0');
  ssize_t got = 0;
  while ((got = read(process_->output_fd(), bytes.data(), bytes.size())) > 0) {
    unread_.append(bytes, 0, static_cast<std::size_t>(got));
  }
  const bool open = got < 0 && (errno == EAGAIN || errno == EINTR);
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    const std::string_view line = std::string_view(unread_).substr(begin, end - begin);
    if (const Result<void> taken = take_line(line); !taken) return std::unexpected(taken.error());
  }
  unread_.erase(0, begin);
  return open;
}

Result<void> DemoFeeder::take_line(std::string_view line) {
  if (!ready_) {
    ready_ = true;
    if (kills_ > 0) recovery_us_.push_back(base::monotonic_us() - started_us_);
    return {};
  }
  constexpr std::string_view kIdKey = "\"id\":";
  const std::size_t at = line.find(kIdKey);
  std::uint64_t id = 0;
  if (at != std::string_view::npos) {
    const std::string_view digits = line.substr(at + kIdKey.size());
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), id);
  }
  if (broker_.acknowledge(id, line.contains("\"duplicate\""))) return {};
  return std::unexpected(broken("this ack was not due: " + std::string(line)));
}

Result<void> DemoFeeder::end_consumer() {
  if (!process_) return {};
  process_->close_input();
  const int code = process_->wait_end();
  if (code == 0) return {};
  return std::unexpected(broken("the consumer ended with exit code " + std::to_string(code)));
}

}  // namespace seawall::cli
