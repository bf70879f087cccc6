#include "console.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <unistd.h>

#include "seawall/error.h"

#include "base/clock.h"
#include "exit_code.h"

namespace seawall::cli {
namespace {

bool on_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

bool in_color() {
  // https://no-color.org: set and not empty.
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return on_terminal() && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

void print_error(std::string_view message) {
  const std::string_view label = in_color() ? "\033[1;31merror:\033[0m" : "error:";
  fmt::print(stderr, "seawall: {} {}\n", label, message);
}

ExitCode fail(const Error& error) {
  print_error(to_string(error));
  return exit_code(error.code);
}

void print_note(std::string_view message) {
  fmt::print(stderr, "seawall: {}\n", message);
}

Progress::Progress(std::string_view title, std::uint64_t total)
    : title_(title), total_(total), enabled_(total > 0 && on_terminal()) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void Progress::at(std::uint64_t done) {
  constexpr std::uint64_t kRedrawUs = 100'000;
  constexpr std::size_t kBarWidth = 40;
  constexpr std::uint64_t kPercent = 100;
  if (!enabled_) return;
  const std::uint64_t now = base::monotonic_us();
  if (now < next_draw_us_) return;
  next_draw_us_ = now + kRedrawUs;
  drawn_ = true;
  const std::uint64_t shown = std::min(done, total_);
  const std::size_t filled = shown * kBarWidth / total_;
  fmt::print(stderr, "\r{} [{}{}] {:3}%", title_, std::string(filled, '#'),
             std::string(kBarWidth - filled, ' '), shown * kPercent / total_);
  (void)std::fflush(stderr);  // a bar that is not drawn harms nothing
}

}  // namespace seawall::cli
