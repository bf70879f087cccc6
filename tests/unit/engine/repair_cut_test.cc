// A repair that is killed, or whose power is cut, leaves the whole log or what says that it is
// none: a target that holds less than the repair found must not pass for a new log, where
// redelivered ids would count again.

#include <cstdint>
#include <iostream>
#include <iterator>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/repair.h"
#include "seawall/storage_interface.h"

#include "engine/log_engine.h"
#include "storage/file/simulated_survivor.h"
#include "unit/engine/quarantine_log.h"

namespace seawall::engine {
namespace {

const VolumeName kTarget{"/base", "new"};

class RepairCut : public Quarantine {
 protected:
  enum class Found : std::uint8_t { kNothing, kUnfinished, kWhole };

  /// Opens the target of a repair that was cut at operation `cut`.
  static Found judge(const Machine& machine, std::uint64_t cut) {
    const auto found = storage_on(machine)->read(kTarget);
    if (!found && found.error().code == Errc::kNotFound) return Found::kNothing;
    const auto log = LogEngine::open(interpreter(), storage_on(machine), kTarget, {{}, false});
    const auto verified = LogReader::verify(storage_on(machine), "new", "/base");
    if (!log) {
      EXPECT_EQ(log.error().code, Errc::kUnfinished) << cut << ": " << to_string(log.error());
      EXPECT_TRUE(!verified && verified.error().code == Errc::kUnfinished) << cut;
      return Found::kUnfinished;
    }
    EXPECT_GT((*log)->durable_lsn().value, 0U) << cut;
    expect_whole(**log, "client-0");
    expect_whole(**log, "client-1");
    EXPECT_TRUE(verified && verified->damage.empty()) << cut;
    return Found::kWhole;
  }
};

TEST_F(RepairCut, LeavesTheWholeLogOrNone) {
  fill(0);
  int unfinished = 0;
  int whole = 0;
  for (std::uint64_t cut = 1;; ++cut) {
    const Machine machine = machine_->fork();
    machine->cut_at(cut);
    const auto report = repair(storage_on(machine), kName, kTarget);
    const bool finished = !machine->is_off();
    EXPECT_EQ(report.has_value(), finished) << cut;
    // Killed: what was written is there. Power lost: what was flushed is, and some of the rest.
    const Machine powerless = machine->fork();
    machine->power_cut(storage::Survivor::kEverything, cut);
    const Found killed = judge(machine, cut);
    unfinished += killed == Found::kUnfinished ? 1 : 0;
    whole += killed == Found::kWhole ? 1 : 0;
    // Until something was made there is no log that could be taken for another.
    EXPECT_TRUE(killed != Found::kNothing || unfinished + whole == 0) << cut;
    powerless->power_cut(
        storage::kPowerSafeSurvivors[cut % std::size(storage::kPowerSafeSurvivors)], cut);
    // The name of the first manifest is flushed by the operation after the one that gives it.
    constexpr int kUnflushed = 2;
    EXPECT_TRUE(judge(powerless, cut) != Found::kNothing || unfinished + whole <= kUnflushed)
        << cut;
    if (finished) break;
  }
  std::cout << "repairs cut off: " << unfinished << " unfinished, " << whole << " whole\n";
  EXPECT_GT(unfinished, 20);
  EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace seawall::engine
