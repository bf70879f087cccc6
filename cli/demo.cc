#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"

#include "base/clock.h"
#include "command_line.h"
#include "console.h"
#include "demo_broker.h"
#include "demo_expected.h"
#include "demo_feeder.h"
#include "exit_code.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLogName = "flights";

std::string csv_path(const Arguments& arguments) {
  if (!arguments.demo_csv.empty()) return arguments.demo_csv;
  std::error_code fault;
  const char* here = "examples/data/flights-20k.csv";
  return fs::exists(here, fault) ? here : SEAWALL_FLIGHTS_CSV;
}

// Where the log lives; a temporary directory goes away with a run that was exact.
class DemoDirectory {
 public:
  static Result<DemoDirectory> make(const std::string& wanted) {
    std::error_code fault;
    if (!wanted.empty()) {
      fs::create_directories(wanted, fault);
      if (fault) return std::unexpected(failed(wanted, fault.value()));
      return DemoDirectory(wanted, false);
    }
    std::string path = (fs::temp_directory_path(fault) / "seawall-demo-XXXXXX").string();
    if (fault || mkdtemp(path.data()) == nullptr) return std::unexpected(failed(path, errno));
    return DemoDirectory(path, true);
  }

  [[nodiscard]] std::string log_dir() const { return path_ + "/" + kLogName; }
  [[nodiscard]] bool temporary() const { return temporary_; }

  void remove() const {
    std::error_code fault;
    if (temporary_) fs::remove_all(path_, fault);
  }

 private:
  DemoDirectory(std::string path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}

  static Error failed(const std::string& path, int os_errno) {
    return {Errc::kIo, os_errno, "cannot make the directory " + path, {}};
  }

  std::string path_;
  bool temporary_;
};

// Returns the first difference between the log and the CSV, empty when it is exact.
Result<std::string> compare(const std::string& log_dir, const ExpectedByAirport& expected) {
  const Result<OpenedLog> log = open_log(log_dir);
  if (!log) return std::unexpected(log.error());
  for (const auto& [airport, totals] : expected) {
    const Result<std::optional<std::string>> state = log->reader->retrieve(airport);
    if (!state) return std::unexpected(state.error());
    if (!*state) return airport + " is missing";
    const std::string difference = first_difference(totals, **state);
    if (!difference.empty()) return fmt::format("{}: {}", airport, difference);
  }
  const std::size_t found = log->reader->clients().size();
  if (found == expected.size()) return std::string();
  return fmt::format("{} airports, must be {}", found, expected.size());
}

std::string recovery_text(std::vector<std::uint64_t> times_us) {
  if (times_us.empty()) return "none";
  constexpr double kUsPerMs = 1000.0;
  std::ranges::sort(times_us);
  const auto ms = [](std::uint64_t us) { return static_cast<double>(us) / kUsPerMs; };
  return fmt::format("{:.1f} ms median, {:.1f} ms worst, process start included",
                     ms(times_us[times_us.size() / 2]), ms(times_us.back()));
}

std::string run_text(const DemoBroker& broker, const DemoFeeder& feeder, std::uint64_t elapsed_us) {
  constexpr double kUsPerSecond = 1e6;
  const double seconds = static_cast<double>(elapsed_us) / kUsPerSecond;
  return fmt::format(
      "deliveries   {}, of them {} after a death and {} recognised as duplicates\n"
      "kills        {} survived\n"
      "recovery     {}\n"
      "throughput   {:.0f} acknowledged messages/s, {:.2f} s with all kills\n",
      broker.deliveries(), broker.redelivered(), broker.duplicates_acked(), feeder.kills(),
      recovery_text(feeder.recovery_us()), static_cast<double>(broker.acks()) / seconds, seconds);
}

std::uint64_t random_seed() {
  constexpr std::uint64_t kSeedEnd = 1'000'000'000;
  return std::random_device()() % kSeedEnd;
}

Result<std::vector<std::string>> messages_of(const std::vector<std::string>& flights) {
  std::vector<std::string> messages;
  for (const std::string& line : flights) {
    Result<std::string> message = flight_message(line);
    if (!message) return std::unexpected(message.error());
    messages.push_back(std::move(*message));
  }
  return messages;
}

// Feeds the flights, prints what happened; returns the first difference.
Result<std::string> run_and_compare(const std::vector<std::string>& flights, unsigned kills,
                                    std::uint64_t seed, const std::string& log_dir,
                                    Output& output) {
  Result<std::vector<std::string>> messages = messages_of(flights);
  if (!messages) return std::unexpected(messages.error());
  const Result<ExpectedByAirport> expected = expected_totals(flights);
  if (!expected) return std::unexpected(expected.error());
  output.print(fmt::format("seed         {}\nflights      {} from {} airports\n", seed,
                           flights.size(), expected->size()));
  DemoBroker broker(std::move(*messages), seed);
  DemoFeeder feeder(broker, log_dir, kills, seed);
  const std::uint64_t begun_us = base::monotonic_us();
  if (const Result<void> fed = feeder.run(); !fed) return std::unexpected(fed.error());
  output.print(run_text(broker, feeder, base::monotonic_us() - begun_us));
  return compare(log_dir, *expected);
}

}  // namespace

ExitCode run_demo(const Arguments& arguments) {
  const Result<std::vector<std::string>> flights = read_flights(csv_path(arguments));
  if (!flights) return fail(flights.error());
  const Result<DemoDirectory> directory = DemoDirectory::make(arguments.demo_dir);
  if (!directory) return fail(directory.error());
  const std::uint64_t seed = arguments.demo_seed.value_or(random_seed());
  Output output;
  const Result<std::string> difference =
      run_and_compare(*flights, arguments.demo_kills, seed, directory->log_dir(), output);
  const bool exact = difference && difference->empty();
  if (exact) {
    output.print("EXACT        every total equals the one computed straight from the file\n");
    directory->remove();
    return output.finish(ExitCode::kOk);
  }
  if (difference) output.print("DIFFERENT    " + *difference + "\n");
  output.print(fmt::format("seed {}, the log is kept in {}\n", seed, directory->log_dir()));
  return output.finish(difference ? ExitCode::kDamage : fail(difference.error()));
}

}  // namespace seawall::cli
