// Every allocation of every public call fails once, and with all that follow: nothing acknowledged
// is lost, nothing is applied twice, nobody hangs, and the log goes on or is opened again.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "seawall/error.h"

#include "alloc/explorer.h"
#include "alloc/failing_new.h"
#include "alloc/fault.h"
#include "alloc/throwing_interpreter.h"
#include "alloc/world.h"
#include "crash/list_interpreter.h"

namespace seawall::alloc {
namespace {

/// How much of it: all under SEAWALL_TEST_LONG.
struct Extent {
  std::uint64_t thorough;
  std::uint64_t stride;
};

Extent extent(Extent in_short) {
  constexpr std::uint64_t kAll = 1'000'000;
  return std::getenv("SEAWALL_TEST_LONG") != nullptr ? Extent{kAll, 1} : in_short;
}

Explorer explorer(Fault& fault) {
  return Explorer(fault, {Errc::kExhausted},
                  [] { return std::make_shared<crash::ListInterpreter>(true); });
}

void report(const char* what, const Explored& explored) {
  EXPECT_EQ(explored.wrong, "");
  EXPECT_GT(explored.cases, 0U);
  std::cout << what << ": " << explored.cases << " cases, " << explored.refused
            << " calls refused, " << explored.poisoned << " logs poisoned\n";
}

class AllocationExplorer : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(Settings, AllocationExplorer, testing::ValuesIn(kSettings),
                         [](const auto& info) {
                           return std::string(info.param.threaded ? "Threads" : "Inline") +
                                  (info.param.files ? "Files" : "Memory");
                         });

void explore(Shortage shortage, const Setting& setting, const char* what) {
  ShortageFault fault(shortage);
  Explorer explored = explorer(fault);
  const Extent most = extent({40, 17});
  for (const Subject& subject : public_calls()) {
    if (subject.needs_files && !setting.files) continue;
    explored.explore(setting, subject, most.thorough, most.stride);
  }
  if (setting.threaded) {
    const Extent few = extent({3, 61});
    explored.explore(setting, beside_writers(), few.thorough, few.stride);
  }
  report(what, explored.explored());
}

TEST_P(AllocationExplorer, EachAllocationFailsOnce) {
  explore(Shortage::kOnce, GetParam(), "one allocation failed");
}

TEST_P(AllocationExplorer, EachAllocationFailsAndAllAfterIt) {
  explore(Shortage::kSince, GetParam(), "all allocations failed from one on");
}

class ThrowingUserCode : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(Settings, ThrowingUserCode, testing::ValuesIn(kSettings),
                         [](const auto& info) {
                           return std::string(info.param.threaded ? "Threads" : "Inline") +
                                  (info.param.files ? "Files" : "Memory");
                         });

TEST_P(ThrowingUserCode, EachCallOfTheUsersCodeThrowsOnce) {
  Explored sum;
  for (const UserMethod method : kUserMethods) {
    ThrowingFault fault(method);
    Explorer explored(fault, {Errc::kInterpreter},
                      [&] { return std::make_shared<ThrowingInterpreter>(fault); });
    for (const Subject& subject : public_calls()) {
      if (subject.needs_files && !GetParam().files) continue;
      const Extent most = extent({40, 17});
      explored.explore(GetParam(), subject, most.thorough, most.stride);
    }
    sum.cases += explored.explored().cases;
    sum.refused += explored.explored().refused;
    sum.poisoned += explored.explored().poisoned;
    sum.wrong += explored.explored().wrong;
  }
  EXPECT_EQ(sum.poisoned, 0U) << "an interpreter's exception poisons nothing";
  report("a call of the user's code threw", sum);
}

}  // namespace
}  // namespace seawall::alloc
