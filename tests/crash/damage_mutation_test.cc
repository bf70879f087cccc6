// The damage matrix must find something when what it guards is broken.

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "crash/damage_case.h"
#include "crash/damage_judge.h"
#include "crash/finished_log.h"
#include "crash/mutants.h"
#include "format/group.h"
#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/volume_manifest.h"

namespace seawall::crash {
namespace {

class DamageMatrixMutation : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(log_.write(LogEnd::kWithoutCheckpoints), "");
    files_ = log_.files();
  }

  /// Returns whether `damage` is silent in the log as it is, or as `files` makes it.
  [[nodiscard]] bool is_silent(const DamageCase& damage, Files (*files)(Files)) const {
    FileBytes damaged = files_;
    for (const auto& [name, bytes] : damage.files) damaged[name] = bytes.value_or("");
    Files machine = load(damaged);
    if (files != nullptr) machine = files(std::move(machine));
    const bool has_mark = files_.contains(std::string(storage::kMarkName));
    const Judgement judgement =
        DamageJudge(log_, has_mark)
            .judge(damage, storage::make_file_storage(std::move(machine)), "/base");
    return judgement.verdict == Verdict::kSilent;
  }

  /// Returns how many of the groups, one damaged at a time, are lost without a word.
  [[nodiscard]] std::uint64_t lost_groups(Files (*files)(Files)) const {
    std::uint64_t lost = 0;
    for (const LogGroup& group : log_.groups()) {
      // The last byte of the first record.
      const std::uint64_t frame = group.offset + format::kGroupHeaderBytes;
      std::string bytes = log_.files().at(group.file);
      const auto length = static_cast<unsigned char>(bytes[frame]);
      char& last = bytes[frame + format::kFrameHeadBytes + length - 1];
      last = static_cast<char>(last ^ 1);
      DamageCase damage;
      damage.files[group.file] = std::move(bytes);
      if (is_silent(damage, files)) ++lost;
    }
    return lost;
  }

  /// Takes the log back to what proves least of its end: no mark, and the manifest of its last
  /// writer's start.
  void forget_the_end() {
    files_.erase(std::string(storage::kMarkName));
    const std::string newest = std::prev(files_.lower_bound("manifest."))->first;
    const auto last = manifest(newest, files_[newest]);
    ASSERT_TRUE(last);
    for (const auto& [name, copies] : log_.older()) {
      const auto start = manifest(name, *copies.begin());
      if (!start || start->epoch != last->epoch) continue;
      files_.erase(newest);
      files_[name] = *copies.begin();
      return;
    }
    FAIL() << "no manifest of the last start";
  }

  static std::optional<storage::VolumeManifest> manifest(const std::string& name,
                                                         const std::string& bytes) {
    const storage::FileName file = storage::classify(name);
    if (file.kind != storage::FileKind::kManifest) return std::nullopt;
    const auto decoded = storage::decode_volume_manifest(bytes, file.number);
    return decoded ? std::optional(*decoded) : std::nullopt;
  }

  FinishedLog log_;
  FileBytes files_;
};

TEST_F(DamageMatrixMutation, FindsThatTheMarkIsIgnored) {
  EXPECT_EQ(lost_groups(nullptr), 0U);
  EXPECT_GT(lost_groups(ignoring_the_mark), 0U);
}

TEST_F(DamageMatrixMutation, FindsThatChecksumsAreIgnored) {
  EXPECT_GT(lost_groups(believing_every_frame), 0U);
}

TEST_F(DamageMatrixMutation, FindsThatTheEpochIsIgnored) {
  forget_the_end();
  std::uint64_t found = 0;
  for_each_older_copy(log_, [&](const DamageCase& damage) {
    if (!damage.files.begin()->first.starts_with("segment-")) return;
    EXPECT_FALSE(is_silent(damage, nullptr)) << damage.what;
    if (is_silent(damage, ignoring_the_epoch)) ++found;
  });
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace seawall::crash
