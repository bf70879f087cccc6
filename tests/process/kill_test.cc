// kill -9 in a loop: eight threads, one log, no promise broken.
//
// SEAWALL_TEST_LONG=1 runs 10,000 lives instead of 300, SEAWALL_TEST_LIVES as many as it says;
// SEAWALL_TEST_SEED repeats a run's choices (not its timing).

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "seawall/log_reader.h"

#include "process/kill_log.h"
#include "process/kill_loop.h"
#include "process/kill_writer.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

constexpr std::uint64_t kLives = 300;
constexpr std::uint64_t kLivesLong = 10'000;

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

std::uint64_t lives() {
  const bool is_long = std::getenv("SEAWALL_TEST_LONG") != nullptr;
  return number_from("SEAWALL_TEST_LIVES", is_long ? kLivesLong : kLives);
}

TEST(ProcessKill, NothingAcknowledgedIsLostNothingIsDoubled) {
  const TemporaryDirectory directory;
  const std::uint64_t seed = number_from("SEAWALL_TEST_SEED", std::random_device()());
  KillLoop loop(directory.path(), seed);
  for (std::uint64_t life = 0; life < lives(); ++life) {
    ASSERT_EQ(loop.run_life(), "") << "life " << life << ", SEAWALL_TEST_SEED=" << seed;
  }
  std::cout << "kill -9: " << loop.figures() << "\n";
  EXPECT_GT(loop.kills(), lives() / 2);
  EXPECT_GT(loop.acks(), lives());
  EXPECT_GT(loop.duplicates(), lives());
  EXPECT_GT(loop.rescued(), 0U) << "no kill hit a call between its flush and its acknowledgement";
  const auto report = LogReader::verify(small_segments(), kService, directory.path());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->damage.empty());
}

/// Runs lives of a writer that does one thing wrong until the check says so.
std::string first_fault(WriterFault fault) {
  const TemporaryDirectory directory;
  KillLoop loop(directory.path(), 1, fault);
  for (std::uint64_t life = 0; life < kLives; ++life) {
    if (std::string found = loop.run_life(); !found.empty()) return found;
  }
  return "nothing found";
}

TEST(ProcessKillMutation, AcksBeforeTheFlushAreSeen) {
  const std::string fault = first_fault(WriterFault::kAcksBeforeDurable);
  EXPECT_TRUE(fault.ends_with("was acknowledged and is lost")) << fault;
}

TEST(ProcessKillMutation, AnotherIdOnRedeliveryIsSeen) {
  const std::string fault = first_fault(WriterFault::kNewIdsOnRetry);
  EXPECT_TRUE(fault.ends_with("is applied twice") || fault.contains(" committed ")) << fault;
}

}  // namespace
}  // namespace seawall::process
