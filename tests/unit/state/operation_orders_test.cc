// Every short order of operations on a client, in every interleaving of admission, fold and
// retirement: admission (InFlight), the fold (ClientTable) and replay decide alike, and as the
// guarantees say.
//
// Shown to fail when the key of a clear that keeps the ids is forgotten with them, in flight or
// folded.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/types.h"

#include "format/record.h"
#include "state/client_table.h"
#include "state/in_flight.h"

namespace seawall::state {
namespace {

using format::OperationKind;

struct Step {
  OperationKind kind;
  BatchId id;
};

const std::array<Step, 7> kSteps = {{{OperationKind::kApply, 1},
                                     {OperationKind::kApply, 2},
                                     {OperationKind::kClear, {}},
                                     {OperationKind::kClear, 1},
                                     {OperationKind::kClearKeepIds, {}},
                                     {OperationKind::kClearKeepIds, 1},
                                     {OperationKind::kClearKeepIds, 2}}};

/// How far the log has come before an operation is admitted.
struct Progress {
  std::size_t folded = 0;
  std::size_t retired = 0;
};

/// E1 and E2 in words.
class Guarantees {
 public:
  Outcome decide(const Step& step) {
    const bool is_apply = step.kind == OperationKind::kApply;
    if (is_apply && ended_) return Outcome::kCleared;
    if (!step.id.is_none() && (ids_.contains(step.id) || keys_.contains(step.id))) {
      return Outcome::kDuplicate;
    }
    if (is_apply) {
      ids_.insert(step.id);
      return Outcome::kCommitted;
    }
    if (!step.id.is_none()) keys_.insert(step.id);
    ended_ = step.kind == OperationKind::kClearKeepIds;
    if (!ended_) ids_.clear();
    return Outcome::kCommitted;
  }

 private:
  bool ended_ = false;
  std::set<BatchId> ids_;
  std::set<BatchId> keys_;
};

class Course {
 public:
  /// Admits `step` once the log has come as far as `progress`; false when something contradicts.
  bool admit(const Step& step, const Progress& progress) {
    while (folded_ < std::min(progress.folded, committed_.size())) {
      const auto& [lsn, committed] = committed_[folded_++];
      if (!fold(table_, lsn, committed)) return false;
    }
    while (retired_ < std::min(progress.retired, folded_)) {
      if (in_flight_.retire(committed_[retired_++].first, 1)) return false;
    }
    Operation operation;
    operation.client = "c";
    operation.id = step.id;
    if (step.kind != OperationKind::kApply) operation.kind = Operation::Kind::kClear;
    operation.keep_ids = step.kind == OperationKind::kClearKeepIds;
    const Lsn lsn{++last_};
    const auto decision = in_flight_.admit(table_.find_or_create("c"), operation, lsn, 0);
    if (decision.outcome == Outcome::kCommitted) committed_.emplace_back(lsn, step);
    return decision.outcome == guarantees_.decide(step) &&
           fold(replayed_, lsn, step) == (decision.outcome == Outcome::kCommitted) &&
           decision.covering < lsn;
  }

 private:
  static bool fold(ClientTable& table, Lsn lsn, const Step& step) {
    format::RecordView record;
    record.interpreter_version = 1;
    record.keys.push_back({"c", "", step.id});
    record.operations.push_back({step.kind, 0, "d"});
    return table.fold(lsn, 0, record);
  }

  ClientTable table_;
  ClientTable replayed_;  ///< Folds at once.
  InFlight in_flight_;
  Guarantees guarantees_;
  std::vector<std::pair<Lsn, Step>> committed_;
  std::size_t folded_ = 0;
  std::size_t retired_ = 0;
  std::uint64_t last_ = 0;
};

std::string describe(const std::vector<Step>& steps, const std::vector<Progress>& progress) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    text += " [" + std::to_string(progress[i].folded) + " folded, " +
            std::to_string(progress[i].retired) + " retired] " +
            (steps[i].kind == OperationKind::kApply   ? "apply"
             : steps[i].kind == OperationKind::kClear ? "clear"
                                                      : "end") +
            (steps[i].id.is_none() ? "" : " " + std::to_string(steps[i].id.integer()));
  }
  return text;
}

/// Calls `visit` with every way in which the log can come along with `steps` admissions.
template <class Visit>
void for_each_progress(std::size_t steps, std::vector<Progress>& progress, const Visit& visit) {
  if (progress.size() == steps) {
    visit();
    return;
  }
  const Progress before = progress.empty() ? Progress{} : progress.back();
  for (std::size_t folded = before.folded; folded <= progress.size(); ++folded) {
    for (std::size_t retired = before.retired; retired <= folded; ++retired) {
      progress.push_back({folded, retired});
      for_each_progress(steps, progress, visit);
      progress.pop_back();
    }
  }
}

TEST(OperationOrders, AdmissionFoldAndReplayDecideAlike) {
  constexpr std::size_t kLength = 4;
  std::size_t sequences = 1;
  for (std::size_t i = 0; i < kLength; ++i) sequences *= kSteps.size();
  std::size_t runs = 0;
  for (std::size_t number = 0; number < sequences; ++number) {
    std::vector<Step> steps;
    for (std::size_t rest = number; steps.size() < kLength; rest /= kSteps.size()) {
      steps.push_back(kSteps[rest % kSteps.size()]);
    }
    std::vector<Progress> progress;
    std::string wrong;
    for_each_progress(kLength, progress, [&] {
      ++runs;
      Course course;
      for (std::size_t i = 0; i < kLength && wrong.empty(); ++i) {
        if (!course.admit(steps[i], progress[i])) wrong = describe(steps, progress);
      }
    });
    ASSERT_EQ(wrong, "");
  }
  RecordProperty("runs", std::to_string(runs));
  EXPECT_GT(runs, 100'000U);
}

// In time linear in their number: with a copy of all keys per clear this would take minutes.
TEST(OperationOrders, ManyKeyedClearsOfOneClient) {
  constexpr std::size_t kClears = 50'000;
  Course course;
  for (std::size_t i = 0; i < kClears; ++i) {
    const OperationKind kind = i % 2 == 0 ? OperationKind::kClear : OperationKind::kClearKeepIds;
    const Step clear{kind, BatchId("clear-" + std::to_string(i))};
    const Progress progress{.folded = i - i % 64, .retired = i - i % 64};
    ASSERT_TRUE(course.admit(clear, progress)) << i;
  }
  ASSERT_TRUE(course.admit({OperationKind::kClear, "clear-0"}, {kClears, kClears}));
}

}  // namespace
}  // namespace seawall::state
