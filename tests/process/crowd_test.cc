// Threads on real files beside checkpoints without pause, closed or killed, reopened and compared
// with a model: states that show the order, ids of every kind, ended clients.
//
// SEAWALL_TEST_LONG=1 makes 5,000,000 calls instead of 50,000, SEAWALL_TEST_CALLS as many as it
// says. SEAWALL_TEST_SEED runs one seed's log again and again: its calls repeat, its timing not.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "crash/rule_mutants.h"
#include "process/crowd_log.h"

namespace seawall::process {
namespace {

constexpr std::uint64_t kCalls = 50'000;
constexpr std::uint64_t kCallsLong = 5'000'000;

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

TEST(ProcessCrowd, EveryAnswerAndEveryReopenedLogIsTheModels) {
  const bool is_long = std::getenv("SEAWALL_TEST_LONG") != nullptr;
  const std::uint64_t calls = number_from("SEAWALL_TEST_CALLS", is_long ? kCallsLong : kCalls);
  const bool one_seed = std::getenv("SEAWALL_TEST_SEED") != nullptr;
  std::uint64_t seed = number_from("SEAWALL_TEST_SEED", 1);
  CrowdFigures figures;
  for (; figures.calls < calls; seed += one_seed ? 0 : 1) {
    CrowdLog log(seed, figures);
    const std::string wrong = log.run();
    ASSERT_TRUE(wrong.empty()) << wrong << "SEAWALL_TEST_SEED=" << seed
                               << " ./dev test -R ProcessCrowd; " << figures.text();
  }
  std::cout << "crowds: " << figures.text() << "\n";
  EXPECT_GT(figures.killed, 0U);
  EXPECT_GT(figures.views, 0U);
  EXPECT_GT(figures.rounds, figures.lives);
}

/// Returns what is found within a few hundred logs, empty when nothing.
std::string found(const CrowdMutant& mutant) {
  constexpr std::uint64_t kLogs = 300;
  CrowdFigures figures;
  for (std::uint64_t seed = 1; seed <= kLogs; ++seed) {
    if (std::string wrong = CrowdLog(seed, figures, mutant).run(); !wrong.empty()) return wrong;
  }
  return "";
}

TEST(ProcessCrowdMutation, FindsAcknowledgementsBeforeTheFlush) {
  EXPECT_NE(found({.acks_early = true}), "");
}

TEST(ProcessCrowdMutation, FindsKeysOfClearsThatAreForgotten) {
  EXPECT_NE(found({.rule = crash::forgetting_keys_of_clears}), "");
  EXPECT_NE(found({.rule = crash::forgetting_keys_of_ends}), "");
}

TEST(ProcessCrowdMutation, FindsDuplicatesThatAreAppliedOrForgotten) {
  EXPECT_NE(found({.rule = crash::applying_duplicates}), "");
  EXPECT_NE(found({.rule = crash::forgetting_what_came_twice}), "");
}

TEST(ProcessCrowdMutation, FindsLivesThatAreMixedUp) {
  EXPECT_NE(found({.rule = crash::remembering_ids_across_lives}), "");
  EXPECT_NE(found({.rule = crash::reviving_ended_clients}), "");
}

}  // namespace
}  // namespace seawall::process
