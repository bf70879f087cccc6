// What a writer does to its directory, call by call, as a tracer of system calls sees it: no name
// is used before it is durable, no file gets its name before its bytes are, nothing outside is
// touched.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "process/fault_calls.h"
#include "process/kill_model.h"
#include "process/traced_run.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::process {
namespace {

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

/// Follows a trace and says what is wrong with it.
class NameJudge {
 public:
  explicit NameJudge(std::string root) : root_(std::move(root)) {}

  void take(const TracedCall& call) {
    ++calls_;
    if (call.call == "ack") {
      if (!new_directories_.empty()) fault("acknowledged in a directory that may vanish", call);
      if (!dirty_segments().empty()) fault("acknowledged before " + dirty_segments(), call);
      return;
    }
    if (call.result != "ok") return;
    if (!call.path.starts_with(root_) && changes(call.call)) fault("changed outside", call);
    if (call.call == "mkdirat") new_directories_.insert(call.path);
    if (call.call == "create") dirty_.insert(call.path);
    if (call.call == "fallocate") dirty_.insert(call.path);
    if (call.call == "pwrite") written(call);
    if (call.call == "fdatasync") dirty_.erase(call.path);
    if (call.call == "fsync") synced(call.path);
    if (call.call == "renameat") renamed(call);
    if (call.call == "unlinkat") unlinked(call);
  }

  [[nodiscard]] const std::string& first_fault() const { return first_fault_; }
  [[nodiscard]] std::size_t calls() const { return calls_; }
  [[nodiscard]] std::size_t renames() const { return renames_; }

 private:
  static bool changes(std::string_view call) {
    return call == "create" || call == "open-to-write" || call == "pwrite" || call == "mkdirat" ||
           call == "renameat" || call == "unlinkat" || call == "fallocate";
  }

  [[nodiscard]] std::string dirty_segments() const {
    const auto is_segment = [](const std::string& path) {
      return path.contains("/segment-") && !path.ends_with(".tmp");
    };
    const auto found = std::ranges::find_if(dirty_, is_segment);
    return found == dirty_.end() ? "" : *found;
  }

  void written(const TracedCall& call) {
    dirty_.insert(call.path);
    if (new_names_.contains(call.path)) fault("written before its name was durable", call);
  }

  void synced(const std::string& directory) {
    const auto is_in = [&](const std::string& path) { return parent_of(path) == directory; };
    std::erase_if(new_names_, is_in);
    std::erase_if(new_directories_, is_in);
  }

  void renamed(const TracedCall& call) {
    ++renames_;
    if (dirty_.contains(call.path)) fault("named before its bytes were durable", call);
    if (parent_of(call.path) != parent_of(call.to)) fault("moved to another directory", call);
    // A name for later use, or one that is given up, has nothing in it that must last.
    if (!call.to.ends_with(".tmp")) new_names_.insert(call.to);
    new_names_.erase(call.path);
  }

  /// What a newer manifest made superfluous goes only when that manifest is there to stay.
  void unlinked(const TracedCall& call) {
    const bool superseded = call.path.contains("/manifest-") || call.path.contains("/object-");
    const auto is_manifest = [](const std::string& path) { return path.contains("/manifest-"); };
    if (superseded && !call.path.ends_with(".tmp") &&
        std::ranges::any_of(new_names_, is_manifest)) {
      fault("removed before its successor was durable", call);
    }
    dirty_.erase(call.path);
  }

  void fault(const std::string& what, const TracedCall& call) {
    if (first_fault_.empty()) {
      first_fault_ = what + ": " + call.call + " " + call.path + " " + call.to;
    }
  }

  std::string root_;
  std::set<std::string> new_directories_;
  std::set<std::string> new_names_;
  std::set<std::string> dirty_;
  std::string first_fault_;
  std::size_t calls_ = 0;
  std::size_t renames_ = 0;
};

TEST(ProcessNames, AreDurableBeforeTheyAreUsedAndStayBelowTheLog) {
  const TemporaryDirectory directory;
  const std::string base = directory.path() + "/new/base";
  KillModel model = worker_model();
  // The second life finds all the names of the first, and recycles.
  for (int life = 0; life < 2; ++life) {
    const TracedRun run = run_traced(directory.path(), base, "", model);
    ASSERT_EQ(run.ending.code, 0);
    ASSERT_EQ(run.acks, kFaultCalls);
    NameJudge judge(life == 0 ? directory.path() : base + "/log");
    for (const TracedCall& call : run.calls) judge.take(call);
    EXPECT_EQ(judge.first_fault(), "");
    EXPECT_GT(judge.renames(), 3U);
    std::cout << "traced calls: " << judge.calls() << ", names given: " << judge.renames() << "\n";
  }
}

}  // namespace
}  // namespace seawall::process
