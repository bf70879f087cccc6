#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

#include "console.h"
#include "demo_broker.h"
#include "demo_process.h"

namespace seawall::cli {

/// Feeds a broker's messages to a consumer process that it kills at random moments and restarts.
class DemoFeeder {
 public:
  /// `broker` is borrowed. Kills fall on random numbers of acks, and some microseconds later.
  DemoFeeder(DemoBroker& broker, std::string log_dir, unsigned kills, std::uint64_t seed);

  /// Runs until every message is acknowledged and every kill done; the consumer has then ended.
  [[nodiscard]] Result<void> run();

  [[nodiscard]] unsigned kills() const { return kills_; }
  /// Time from each restart to the consumer being ready, microseconds.
  [[nodiscard]] const std::vector<std::uint64_t>& recovery_us() const { return recovery_us_; }

 private:
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> step();
  [[nodiscard]] Result<void> kill();
  [[nodiscard]] Result<void> end_consumer();
  [[nodiscard]] bool kill_due();
  [[nodiscard]] int poll_timeout_ms() const;
  void write_messages();
  [[nodiscard]] Result<bool> read_lines();
  [[nodiscard]] Result<void> take_line(std::string_view line);

  DemoBroker& broker_;
  std::string log_dir_;
  std::mt19937_64 random_;
  std::vector<std::uint64_t> kill_at_acks_;  // descending: the next one last
  std::optional<std::uint64_t> kill_at_us_;
  std::optional<DemoProcess> process_;
  bool ready_ = false;
  std::uint64_t started_us_ = 0;
  std::string unwritten_;
  std::string unread_;
  unsigned kills_ = 0;
  std::vector<std::uint64_t> recovery_us_;
  Progress progress_;
};

}  // namespace seawall::cli
