// Clears, kept ids and duplicates between admission, fold and retirement: what is decided must not
// depend on how far the log has come, only on the order of the operations.
//
// Shown to fail when a clear in flight that keeps the ids is taken for one that forgets them.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/types.h"

#include "crash/model.h"
#include "format/record.h"
#include "state/client_table.h"
#include "state/in_flight.h"

namespace seawall::crash {
namespace {

/// A record on its way, with the clients that it was admitted for.
struct Admitted {
  Lsn lsn;
  std::vector<ModelOperation> operations;
};

class Pipeline {
 public:
  explicit Pipeline(std::uint64_t seed, ModelRule rule = apply_once)
      : random_(seed), model_(rule) {}

  /// Admits, folds and retires in a random interleaving; returns the first difference to the model.
  std::string run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const std::uint64_t step = below(10);
      std::string wrong;
      if (step < 6) {
        wrong = admit();
      } else if (step < 8) {
        wrong = fold();
      } else {
        retire();
      }
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  ModelOperation next_operation() {
    ModelOperation operation;
    operation.client = std::string(1, static_cast<char>('a' + below(2)));
    operation.producer = below(4) == 0 ? "p" : "";
    operation.is_clear = below(3) == 0;
    operation.keep_ids = operation.is_clear && below(2) == 0;
    if (!operation.is_clear || below(3) != 0) operation.id = BatchId(below(4));
    return operation;
  }

  std::string admit() {
    std::vector<ModelOperation> operations{next_operation()};
    const ModelOperation second = next_operation();
    if (below(4) == 0 && (second.client != operations[0].client || second.id.is_none() ||
                          second.id != operations[0].id)) {
      operations.push_back(second);
    }
    Admitted record{.lsn = Lsn{++last_}, .operations = {}};
    for (const ModelOperation& operation : operations) {
      const auto place = table_.find_or_create(operation.client);
      const auto decision = in_flight_.admit(place, operation.view(), record.lsn, 0);
      if (decision.outcome != model_.apply(operation)) return describe(operation, decision.outcome);
      if (decision.outcome == Outcome::kCommitted) record.operations.push_back(operation);
    }
    if (!record.operations.empty()) admitted_.push_back(record);
    return "";
  }

  std::string fold() {
    if (admitted_.empty()) return "";
    const Admitted& record = admitted_.front();
    format::RecordView view;
    for (const ModelOperation& operation : record.operations) {
      const auto kind = !operation.is_clear  ? format::OperationKind::kApply
                        : operation.keep_ids ? format::OperationKind::kClearKeepIds
                                             : format::OperationKind::kClear;
      view.operations.push_back({kind, view.keys.size(), operation.data});
      view.keys.push_back({operation.client, operation.producer, operation.id});
    }
    folded_ = record.lsn;
    if (!table_.fold(record.lsn, 0, view)) return "replay refuses what was admitted";
    admitted_.pop_front();
    return "";
  }

  void retire() {
    const std::size_t entries = 1 + below(4);
    const Lsn durable{folded_.value - below(2) * below(folded_.value + 1) / 2};
    static_cast<void>(in_flight_.retire(durable, entries));
  }

  [[nodiscard]] std::string describe(const ModelOperation& operation, Outcome outcome) const {
    return "lsn " + std::to_string(last_) + ": " + (operation.is_clear ? "clear " : "apply ") +
           (operation.keep_ids ? "keep " : "") + operation.client + " id " +
           (operation.id.is_none() ? "none" : std::to_string(operation.id.integer())) +
           ": outcome " + std::to_string(static_cast<int>(outcome)) + ", folded up to " +
           std::to_string(folded_.value);
  }

  std::mt19937_64 random_;
  state::ClientTable table_;
  state::InFlight in_flight_;
  Model model_;
  std::deque<Admitted> admitted_;
  std::uint64_t last_ = 0;
  Lsn folded_;
};

TEST(InFlightLives, AreDecidedByTheOrderAlone) {
  constexpr std::uint64_t kSeeds = 300;
  constexpr int kSteps = 300;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    ASSERT_EQ(Pipeline(seed).run(kSteps), "") << "seed " << seed;
  }
}

// The other way round: a rule that forgets the ids of whom it ends differs from the log's at once.
TEST(InFlightLivesMutation, FindsAClearThatForgetsWhatItKeeps) {
  const ModelRule forgetting = [](ModelClient& client, const ModelOperation& operation) {
    const Outcome outcome = apply_once(client, operation);
    if (operation.is_clear && outcome == Outcome::kCommitted) client.ids = client.clear_ids;
    return outcome;
  };
  constexpr std::uint64_t kSeeds = 20;
  std::string wrong;
  for (std::uint64_t seed = 1; seed <= kSeeds && wrong.empty(); ++seed) {
    wrong = Pipeline(seed, forgetting).run(300);
  }
  EXPECT_NE(wrong, "");
}

}  // namespace
}  // namespace seawall::crash
