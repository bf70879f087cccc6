// The damage matrix on logs that the engine wrote to real files: every bit, every length, every
// sector, sectors that cannot be read, older copies, missing files. Either everything is still
// there, or the damage is reported with its place; never is something missing without a word.
//
// SEAWALL_TEST_LONG=1 also flips every bit between the parts of a file, and opens every log for
// writing instead of one in eleven.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "seawall/file_system_storage.h"

#include "crash/damage_case.h"
#include "crash/damage_judge.h"
#include "crash/finished_log.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_random.h"

namespace seawall::crash {
namespace {

constexpr const char* kDirectory = "/base/log";

bool is_long() {
  return std::getenv("SEAWALL_TEST_LONG") != nullptr;
}

struct Counts {
  std::uint64_t cases = 0;
  std::uint64_t full = 0;
  std::uint64_t reported = 0;
  std::uint64_t torn_tail = 0;
  std::uint64_t silent = 0;
};

void apply(storage::SimulatedFileSystem& machine, const DamageCase& damage) {
  if (const auto& range = damage.unreadable) {
    machine.make_unreadable(kDirectory, range->file, range->begin, range->end);
    return;
  }
  for (const auto& [name, bytes] : damage.files) {
    if (bytes) {
      machine.set_bytes(kDirectory, name, *bytes);
    } else {
      machine.erase(kDirectory, name);
    }
  }
}

class DamageMatrix : public testing::TestWithParam<LogEnd> {
 protected:
  void SetUp() override {
    ASSERT_EQ(log_.write(GetParam()), "");
    machine_ = load(log_.files());
    std::cout << log_.groups().size() << " groups in " << log_.count("segment-") << " segments ("
              << log_.recycled_segments() << " recycled), " << log_.count("object-")
              << " checkpoints\n";
    EXPECT_GE(log_.count("segment-"), 3U);
    EXPECT_GE(log_.count("directory-"), 1U);
    if (GetParam() == LogEnd::kWithoutCheckpoints) {
      EXPECT_EQ(log_.count("object-"), 0U);
    } else {
      EXPECT_GE(log_.count("object-"), 1U);
      EXPECT_GE(log_.recycled_segments(), 1U);
    }
  }

  void TearDown() override {
    for (const auto& [kind, counts] : counts_) {
      std::cout << kind << ": " << counts.cases << " cases, full state " << counts.full
                << ", reported " << counts.reported << ", not to be told from a torn tail "
                << counts.torn_tail << ", silent " << counts.silent << "\n";
      EXPECT_GT(counts.reported, 0U) << kind << ": damage that is never reported was never done";
      EXPECT_EQ(counts.silent, 0U) << kind;
    }
  }

  void judge(const DamageCase& damage) {
    const auto damaged = machine_->fork();
    apply(*damaged, damage);
    const Judgement judgement = judge_.judge(damage, storage::make_file_storage(damaged), "/base");
    count(damage, judgement);
    // A writer must not see less than a reader; it is slower.
    constexpr std::uint64_t kWriterEvery = 11;
    if (!is_long() && ++judged_ % kWriterEvery != 0) return;
    EXPECT_EQ(judge_.open_for_writing(storage::make_file_storage(damaged), judgement), "")
        << damage.what << ": " << judgement.detail;
  }

  void count(const DamageCase& damage, const Judgement& judgement) {
    Counts& counts = counts_[damage.kind];
    ++counts.cases;
    counts.full += judgement.verdict == Verdict::kFull ? 1U : 0U;
    counts.reported += judgement.verdict == Verdict::kReported ? 1U : 0U;
    counts.torn_tail += judgement.verdict == Verdict::kTornTail ? 1U : 0U;
    if (judgement.verdict != Verdict::kSilent) return;
    ++counts.silent;
    ADD_FAILURE() << damage.what << ": " << judgement.detail;
  }

  /// Returns what judges every damage given to it.
  DamageSink sink() {
    return [this](const DamageCase& damage) { judge(damage); };
  }

  FinishedLog log_;
  DamageJudge judge_{log_, GetParam() != LogEnd::kMarkLost};
  std::shared_ptr<storage::SimulatedFileSystem> machine_;
  std::map<std::string, Counts> counts_;
  std::uint64_t judged_ = 0;
};

std::string end_name(const testing::TestParamInfo<LogEnd>& info) {
  switch (info.param) {
    case LogEnd::kKilled:
      return "Killed";
    case LogEnd::kMarkLost:
      return "MarkLost";
    case LogEnd::kWithoutCheckpoints:
      break;
  }
  return "WithoutCheckpoints";
}

INSTANTIATE_TEST_SUITE_P(Logs, DamageMatrix,
                         testing::Values(LogEnd::kKilled, LogEnd::kMarkLost,
                                         LogEnd::kWithoutCheckpoints),
                         end_name);

TEST_P(DamageMatrix, FlippedBits) {
  for_each_flipped_bit(log_, is_long(), sink());
}

TEST_P(DamageMatrix, Truncations) {
  for_each_truncation(log_, sink());
}

TEST_P(DamageMatrix, Sectors) {
  for_each_zeroed_sector(log_, sink());
  for_each_copied_sector(log_, sink());
  for_each_swap_of_sectors(log_, sink());
}

TEST_P(DamageMatrix, UnreadableSectors) {
  for_each_unreadable_sector(log_, sink());
}

TEST_P(DamageMatrix, Files) {
  for_each_deleted_file(log_, sink());
  for_each_older_copy(log_, sink());
}

// The same verdicts on real files, through what the command calls.
TEST_P(DamageMatrix, RealFilesAgree) {
  constexpr int kCases = 70;
  std::string base = testing::TempDir() + "seawall-damage-XXXXXX";
  ASSERT_NE(mkdtemp(base.data()), nullptr);
  storage::SimulatedRandom random(1 + static_cast<std::uint64_t>(GetParam()));
  for (int i = 0; i < kCases; ++i) {
    const DamageCase damage = random_damage(log_, random);
    const auto damaged = machine_->fork();
    apply(*damaged, damage);
    FileBytes files;
    for (const std::string& name : damaged->names(kDirectory)) {
      files[name] = damaged->bytes(kDirectory, name);
    }
    write_directory(base + "/log", files);
    const Judgement simulated = judge_.judge(damage, storage::make_file_storage(damaged), "/base");
    const Judgement real = judge_.judge(damage, std::make_shared<FileSystemStorage>(), base);
    EXPECT_EQ(real.verdict, simulated.verdict) << damage.what << ": " << real.detail;
    EXPECT_EQ(real.detail, simulated.detail) << damage.what;
    count({.kind = "real files", .what = damage.what, .files = {}}, real);
  }
  std::filesystem::remove_all(base);
}

}  // namespace
}  // namespace seawall::crash
