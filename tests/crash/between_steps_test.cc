// Operations of every kind between the steps of a checkpoint round, enumerated: every sequence of
// up to four, each before or inside one of four rounds, then reopened and compared with the model,
// states, ids and outcomes.
//
// Shown to fail when a clear between a round's writing and its publication leaves the client's
// record of its entries as it was (an acknowledged clear came back at reopen), and when a client
// whose newest entry is a tombstone is taken to need none after a new life.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/memory_storage.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "crash/hooked_storage.h"
#include "crash/list_interpreter.h"
#include "crash/model.h"
#include "engine/log_engine.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::crash {
namespace {

bool is_long() {
  return std::getenv("SEAWALL_TEST_LONG") != nullptr;
}

/// What one client is told: an operation and when. Moment 2r is before round r, 2r + 1 inside it.
enum class Act : std::uint8_t { kPersist, kRedeliver, kClear, kEnd, kKeyedClear, kKeyedEnd };
constexpr std::array kActs = {Act::kPersist, Act::kRedeliver,  Act::kClear,
                              Act::kEnd,     Act::kKeyedClear, Act::kKeyedEnd};
constexpr std::uint8_t kRounds = 4;
constexpr std::uint8_t kMoments = 2 * kRounds;

struct Step {
  std::uint8_t moment = 0;
  Act act = Act::kPersist;
};
using Script = std::vector<Step>;

/// Appends every script of exactly `length` steps of `acts` that begins with `script`.
void extend(const Script& script, std::span<const Act> acts, std::size_t length,
            std::vector<Script>& out) {
  if (script.size() == length) {
    out.push_back(script);
    return;
  }
  const std::uint8_t first = script.empty() ? 0 : script.back().moment;
  for (std::uint8_t moment = first; moment < kMoments; ++moment) {
    for (const Act act : acts) {
      Script longer = script;
      longer.push_back({moment, act});
      extend(longer, acts, length, out);
    }
  }
}

std::vector<Script> all_scripts(std::size_t length_max, std::span<const Act> acts = kActs) {
  std::vector<Script> scripts;
  for (std::size_t length = 1; length <= length_max; ++length) extend({}, acts, length, scripts);
  return scripts;
}

constexpr std::uint64_t kRedelivered = 1;
constexpr std::uint64_t kFirstOwn = 10;
constexpr std::uint64_t kClearKey = 100;
constexpr std::uint64_t kEndKey = 101;

ModelOperation operation_of(const std::string& client, Act act, std::size_t index) {
  ModelOperation operation;
  operation.client = client;
  operation.is_clear = act != Act::kPersist && act != Act::kRedeliver;
  operation.keep_ids = act == Act::kEnd || act == Act::kKeyedEnd;
  if (act == Act::kPersist) operation.id = BatchId(kFirstOwn + index);
  if (act == Act::kRedeliver) operation.id = BatchId(kRedelivered);
  if (act == Act::kKeyedClear) operation.id = BatchId(kClearKey);
  if (act == Act::kKeyedEnd) operation.id = BatchId(kEndKey);
  if (!operation.is_clear) operation.data = std::to_string(index) + ";";
  return operation;
}

std::string to_text(const Script& script) {
  static constexpr const char* kNames[] = {"persist",     "redeliver",   "clear",
                                           "end (keeps)", "keyed clear", "keyed end"};
  std::string text;
  for (const Step& step : script) {
    text += step.moment % 2 == 0 ? "before round " : "inside round ";
    text += std::to_string(step.moment / 2 + 1) + ": " +
            kNames[static_cast<std::size_t>(step.act)] + "; ";
  }
  return text;
}

/// Where inside a round: around its first call of a kind.
struct Gap {
  RoundCall call = RoundCall::kPut;
  bool after = false;
};
constexpr std::array kGaps = {Gap{RoundCall::kPut, false}, Gap{RoundCall::kPut, true},
                              Gap{RoundCall::kPublish, true}, Gap{RoundCall::kGet, false},
                              Gap{RoundCall::kRemove, false}};

/// Another client of the log, which decides how long objects live.
enum class Bystander : std::uint8_t {
  kNone,
  kStill,   ///< Keeps older objects alive, and splits a round's objects in two.
  kMoving,  ///< Goes from object to object, so that older ones die and the newest lives.
  kBoth,    ///< The first object lives, those between die one after the other.
};

/// How a run differs from others.
struct Setting {
  Gap gap;
  bool on_files = false;
  bool merges_in_background = true;
  Bystander bystander = Bystander::kStill;
};

/// One log whose clients each follow a script.
class Run {
 public:
  explicit Run(const Setting& setting)
      : setting_(setting),
        interpreter_(std::make_shared<ListInterpreter>(setting.merges_in_background)) {
    hooks_.before = [this](RoundCall call) -> Result<void> {
      if (call == setting_.gap.call && !setting_.gap.after) act_inside();
      return {};
    };
    hooks_.after = [this](RoundCall call) {
      if (call == setting_.gap.call && setting_.gap.after) act_inside();
    };
    std::shared_ptr<StorageInterface> inner = std::make_shared<MemoryStorage>();
    if (setting.on_files) {
      inner = storage::make_file_storage(std::make_shared<storage::SimulatedFileSystem>());
    }
    storage_ = std::make_shared<HookedStorage>(std::move(inner), hooks_);
  }

  void add(const std::string& client, Script script) {
    scripts_.emplace(client, std::move(script));
  }

  /// Returns what is wrong, or "".
  std::string run() {
    open();
    for (std::uint8_t round = 0; round < kRounds; ++round) {
      stir_bystander(round);
      act(2 * round);
      begin_round(2 * round + 1);
    }
    begin_round(kMoments);
    compare("before reopening");
    open();
    compare("after reopening");
    redeliver();
    begin_round(kMoments);
    open();
    compare("after redeliveries");
    return wrong_;
  }

 private:
  void open() {
    log_.reset();
    auto opened = engine::LogEngine::open(interpreter_, storage_, {"/base", "log"}, {{}, false});
    if (opened) {
      log_ = std::move(*opened);
    } else {
      fail("", "open: " + to_string(opened.error()));
    }
  }

  void fail(const std::string& client, const std::string& what) {
    if (!wrong_.empty()) return;
    wrong_ = client + ": " + what;
    if (const auto found = scripts_.find(client); found != scripts_.end()) {
      wrong_ += "\n  " + to_text(found->second);
    }
  }

  void stir_bystander(std::uint8_t round) {
    ModelOperation operation;
    operation.id = BatchId(std::uint64_t{round} + 1);
    if (setting_.bystander == Bystander::kMoving || setting_.bystander == Bystander::kBoth) {
      operation.client = "mover";
      // As large as all before, so that the round writes the state and not an extension of it.
      operation.data = std::string(std::size_t{1000} << round, 'x');
      commit(operation);
    }
    if (setting_.bystander == Bystander::kStill || setting_.bystander == Bystander::kBoth) {
      constexpr std::size_t kLarge = std::size_t{4} << 20;
      constexpr std::size_t kLargeBesideOneMover = 50'000;
      operation.client = "bystander";
      operation.data = "small;";
      if (round == 0) {
        const bool splits = setting_.bystander == Bystander::kStill;
        operation.data = std::string(splits ? kLarge : kLargeBesideOneMover, 'x');
      } else if (setting_.bystander == Bystander::kBoth) {
        return;
      }
      commit(operation);
    }
  }

  void commit(const ModelOperation& operation) {
    if (!log_) return;
    const Operation view = operation.view();
    std::vector<Outcome> outcomes;
    const auto ticket = log_->submit({&view, 1}, &outcomes);
    Result<void> waited;
    if (ticket) waited = log_->wait(ticket->lsn);
    if (!ticket || !waited) {
      return fail(operation.client, to_string(ticket ? waited.error() : ticket.error()));
    }
    if (outcomes.front() != model_.apply(operation)) fail(operation.client, "another outcome");
  }

  void act(std::uint8_t moment) {
    for (const auto& [client, script] : scripts_) {
      for (std::size_t i = 0; i < script.size(); ++i) {
        if (script[i].moment == moment) commit(operation_of(client, script[i].act, i));
      }
    }
  }

  void act_inside() {
    if (inside_) act(*std::exchange(inside_, std::nullopt));
  }

  /// The operations of `moment` come inside the round or, when it makes no such call, behind it.
  void begin_round(std::uint8_t moment) {
    if (!log_) return;
    inside_ = moment;
    if (const auto done = log_->checkpoint(); !done) fail("", to_string(done.error()));
    act_inside();
  }

  void redeliver() {
    for (const auto& [client, script] : scripts_) {
      for (const Act act : {Act::kRedeliver, Act::kKeyedEnd, Act::kKeyedClear, Act::kPersist}) {
        commit(operation_of(client, act, 0));
      }
    }
  }

  void compare(const std::string& when) {
    if (!log_) return;
    for (const auto& [client, expected] : model_.clients()) {
      const auto state = log_->retrieve(client);
      if (!state) {
        fail(client, when + ": " + to_string(state.error()));
      } else if (state->value_or("none") != (expected.exists ? expected.state : "none")) {
        fail(client, when + ": holds '" + state->value_or("none").substr(0, 40) + "', not '" +
                         (expected.exists ? expected.state.substr(0, 40) : "none") + "'");
      }
      for (const std::uint64_t id : {std::uint64_t{1}, kFirstOwn, kFirstOwn + 1, kFirstOwn + 2,
                                     kFirstOwn + 3, kClearKey, kEndKey}) {
        const auto seen = log_->seen(client, BatchId(id), "");
        if (!seen || *seen != has_id(expected.ids, "", BatchId(id))) {
          fail(client, when + ": seen(" + std::to_string(id) + ") is wrong");
        }
      }
    }
  }

  Setting setting_;
  VolumeHooks hooks_;
  std::shared_ptr<ListInterpreter> interpreter_;
  std::shared_ptr<StorageInterface> storage_;
  std::unique_ptr<engine::LogEngine> log_;
  std::map<std::string, Script> scripts_;
  Model model_;
  std::optional<std::uint8_t> inside_;
  std::string wrong_;
};

/// Runs all scripts, `per_log` to a log. Stops at the first that goes wrong.
void run_all(const std::vector<Script>& scripts, const Setting& setting, std::size_t per_log) {
  for (std::size_t begin = 0; begin < scripts.size(); begin += per_log) {
    Run run(setting);
    for (std::size_t i = begin; i < std::min(scripts.size(), begin + per_log); ++i) {
      run.add("client-" + std::to_string(i), scripts[i]);
    }
    const std::string wrong = run.run();
    ASSERT_EQ(wrong, "") << "call " << static_cast<int>(setting.gap.call)
                         << (setting.gap.after ? ", after it" : ", before it");
  }
}

TEST(BetweenSteps, EverySequenceInMemory) {
  const std::vector<Script> scripts = all_scripts(3);
  for (const Gap gap : kGaps) {
    run_all(scripts, {.gap = gap}, 2'000);
    if (HasFatalFailure()) return;
  }
}

// Alone in its log a client's old entries go with their objects, its tombstones too.
TEST(BetweenSteps, AloneInTheLog) {
  constexpr std::array kFew = {Act::kPersist, Act::kClear};
  const std::vector<Script> scripts =
      is_long() ? all_scripts(4) : all_scripts(4, std::span<const Act>(kFew));
  for (const Gap gap : kGaps) {
    for (const Bystander bystander : {Bystander::kNone, Bystander::kMoving, Bystander::kBoth}) {
      run_all(scripts, {.gap = gap, .bystander = bystander}, 1);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(BetweenSteps, AloneInTheLogWithClearsOfEveryKind) {
  const std::vector<Script> scripts = all_scripts(3);
  run_all(scripts, {.gap = kGaps[1], .bystander = Bystander::kMoving}, 1);
}

TEST(BetweenSteps, CarriedOverUnmerged) {
  const std::vector<Script> scripts = all_scripts(3);
  run_all(scripts, {.gap = kGaps[0], .merges_in_background = false}, 2'000);
}

TEST(BetweenSteps, InFiles) {
  const std::vector<Script> scripts = all_scripts(is_long() ? 3 : 2);
  for (const Gap gap : kGaps) {
    run_all(scripts, {.gap = gap, .on_files = true}, 200);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace seawall::crash
