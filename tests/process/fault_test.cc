// System calls that fail on real files: whatever fails, the writer reports it or is not harmed, and
// the next one has everything that was acknowledged, once.
//
// SEAWALL_TEST_LONG=1 lets every call fail; else about 16 of each kind, evenly spread.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "seawall/error.h"

#include "process/child.h"
#include "process/fault_calls.h"
#include "process/kill_log.h"
#include "process/kill_model.h"
#include "process/traced_run.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

constexpr int kReportedExit = 7;

struct Tried {
  std::size_t runs = 0;
  std::size_t reported = 0;
};

/// Memory, where there is such a file system: the faults are the shim's, and flushes cost nothing.
std::string fast_parent() {
  const char* const memory = "/dev/shm";
  return ::access(memory, W_OK) == 0 ? memory : std::filesystem::temp_directory_path().string();
}

/// Calls of each kind that a worker makes when nothing fails.
std::map<std::string, std::size_t> counted_calls() {
  const TemporaryDirectory directory(fast_parent());
  KillModel model = worker_model();
  const TracedRun run = run_traced(directory.path(), directory.path() + "/base", "", model);
  EXPECT_EQ(run.ending.code, 0);
  EXPECT_EQ(run.acks, kFaultCalls);
  std::map<std::string, std::size_t> counts;
  for (const TracedCall& call : run.calls) {
    const bool opens = call.call == "create" || call.call.starts_with("open");
    if (call.path.starts_with(directory.path())) ++counts[opens ? "openat" : call.call];
  }
  return counts;
}

/// Returns how many acknowledgements, and writes to the log's files, followed a failed flush of a
/// segment. A file that has no name yet may fail: nothing depends on it. The mark and the directory
/// are flushed by the background thread, and until it goes on commits that need neither do too.
std::string after_failed_flush(const TracedRun& run) {
  const auto failed = std::ranges::find(run.calls, "FAULT", &TracedCall::result);
  if (failed == run.calls.end() || failed->path.ends_with(".tmp") ||
      !failed->path.contains("/segment-")) {
    return "";
  }
  const auto late = [](const TracedCall& call) {
    return call.call == "ack" || (call.call == "pwrite" && !call.path.ends_with(".tmp"));
  };
  const auto count = std::count_if(failed + 1, run.calls.end(), late);
  return count == 0 ? "" : std::to_string(count) + " after " + failed->path;
}

class ProcessFault : public testing::Test {
 protected:
  void try_fault(const std::string& fault, bool must_succeed) {
    SCOPED_TRACE(fault);
    const TemporaryDirectory directory(fast_parent());
    const std::string base = directory.path() + "/base";
    KillModel model = worker_model();
    const TracedRun run = run_traced(directory.path(), base, fault, model);
    ++tried_.runs;
    EXPECT_EQ(run.ack_fault, "");
    ASSERT_FALSE(run.ending.killed) << "signal " << run.ending.code;
    ASSERT_TRUE(run.ending.code == 0 || run.ending.code == kReportedExit) << run.ending.code;
    if (run.ending.code == kReportedExit) ++tried_.reported;
    EXPECT_TRUE(run.ending.code == 0 ? run.acks == kFaultCalls : !must_succeed);
    const bool is_flush = fault.starts_with("fsync") || fault.starts_with("fdatasync");
    EXPECT_EQ(is_flush ? after_failed_flush(run) : "", "");
    expect_whole(base, model, run.acks == 0);
    // The next writer is told everything again and meets no fault.
    const TracedRun next = run_traced(directory.path(), base, "", model);
    EXPECT_EQ(next.ack_fault, "");
    EXPECT_EQ(next.ending.code, 0);
    EXPECT_EQ(next.acks, kFaultCalls);
    expect_whole(base, model, false);
  }

  /// Lets each call of one kind fail, or about `kPositions` of them.
  void try_call(const std::string& call, std::size_t count, const std::string& how,
                bool must_succeed) {
    constexpr std::size_t kPositions = 16;
    const bool all = std::getenv("SEAWALL_TEST_LONG") != nullptr;
    const std::size_t step = all ? 1 : std::max<std::size_t>(1, count / kPositions);
    for (std::size_t nth = 1; nth <= count; nth += step) {
      try_fault(call + ":" + std::to_string(nth) + ":" + how, must_succeed);
    }
  }

  Tried tried_;

 private:
  static void expect_whole(const std::string& base, KillModel& model, bool may_be_missing) {
    const auto view = read_small(base);
    if (!view && view.error().code == Errc::kNotFound && may_be_missing) return;
    ASSERT_TRUE(view) << to_string(view.error());
    EXPECT_EQ(model.check(**view), "");
  }
};

TEST_F(ProcessFault, EveryCallThatFailsIsReportedOrHarmless) {
  for (const auto& [call, count] : counted_calls()) {
    if (call == "ack") continue;
    for (const int error : {EIO, ENOSPC}) try_call(call, count, std::to_string(error), false);
    try_call(call, std::min<std::size_t>(count, 2), std::to_string(EIO) + "+", false);
  }
  std::cout << "failing calls: " << tried_.runs << " runs, " << tried_.reported << " reported\n";
  EXPECT_GT(tried_.reported, 0U) << "faults that are never noticed were never made";
}

TEST_F(ProcessFault, ShortWritesAndInterruptionsAreNoFailure) {
  const std::map<std::string, std::size_t> counts = counted_calls();
  try_call("pwrite", counts.at("pwrite"), "short", true);
  try_call("pwrite", 4, "short+", true);
  for (const char* call : {"pwrite", "fallocate", "openat"}) {
    try_call(call, counts.at(call), std::to_string(EINTR), true);
  }
  std::cout << "short writes and interruptions: " << tried_.runs << " runs\n";
  EXPECT_EQ(tried_.reported, 0U);
}

// Whatever call it is: the worker is told before anything was written, calls again, and nothing is
// reported as failed.
TEST_F(ProcessFault, WhatRunsShortIsNoFailure) {
  const std::map<std::string, std::size_t> counts = counted_calls();
  for (const int error : {EMFILE, ENFILE})
    try_call("openat", counts.at("openat"), std::to_string(error), true);
  for (const char* call : {"pwrite", "fallocate", "renameat"}) {
    try_call(call, counts.at(call), std::to_string(ENOMEM), true);
  }
  std::cout << "calls that ran short: " << tried_.runs << " runs\n";
  EXPECT_EQ(tried_.reported, 0U);
}

/// Looks at the log in `base` with bytes of `file` unreadable.
int look(const std::string& base, const std::string& file, std::uintmax_t begin,
         std::uintmax_t end) {
  Child child([&] {
    const std::string shim = "LD_PRELOAD=" SEAWALL_SHIM;
    const std::string unreadable =
        "SEAWALL_SHIM_UNREADABLE=" + std::to_string(begin) + ":" + std::to_string(end) + ":" + file;
    const std::array<const char*, 3> environment = {shim.c_str(), unreadable.c_str(), nullptr};
    ::execle(SEAWALL_FAULT_WORKER, SEAWALL_FAULT_WORKER, base.c_str(), nullptr, environment.data());
    return 99;
  });
  const Ending ending = child.wait();
  return ending.killed ? -ending.code : ending.code;
}

// On real files: `verify` and `repair` step over every sector, a writer refuses the log with the
// errno or finds all, and the quarantine policy goes on. Only without its manifest there is no log.
TEST(ProcessUnreadable, EverySectorIsSteppedOver) {
  const TemporaryDirectory directory(fast_parent());
  const std::string base = directory.path() + "/base";
  KillModel model = worker_model();
  ASSERT_EQ(run_traced(directory.path(), base, "", model).ending.code, 0);
  constexpr std::uintmax_t kSector = 512;
  std::size_t whole = 0;
  std::size_t stepped_over = 0;
  for (const auto& entry : std::filesystem::directory_iterator(base + "/log")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("manifest-") || name == "reserve") continue;
    const std::uintmax_t step = std::getenv("SEAWALL_TEST_LONG") != nullptr ? 1 : 5;
    for (std::uintmax_t at = 0; at < entry.file_size(); at += step * kSector) {
      const std::string copy = directory.path() + "/copy";
      std::filesystem::remove_all(copy);
      std::filesystem::copy(base, copy, std::filesystem::copy_options::recursive);
      const int ended = look(copy, copy + "/log/" + name, at, at + kSector);
      EXPECT_TRUE(ended == 0 || ended == kUnreadableExit) << name << " at " << at << ": " << ended;
      ++(ended == 0 ? whole : stepped_over);
    }
  }
  std::cout << "unreadable sectors: nothing in them " << whole << ", stepped over " << stepped_over
            << "\n";
  EXPECT_GT(whole, 0U);
  EXPECT_GT(stepped_over, 0U);
}

}  // namespace
}  // namespace seawall::process
