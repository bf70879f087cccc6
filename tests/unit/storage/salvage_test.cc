// The walk past damage: every sound record is found again, what is lost is named and nothing else.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/damage.h"
#include "seawall/file_system_storage.h"

#include "format/record.h"
#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/segment_directory.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
const std::string kDirectory = "/data/svc";
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};

std::string client_of(std::uint64_t lsn) {
  return "client-" + std::to_string(lsn % 3);
}

std::string record(std::uint64_t lsn) {
  const std::string client = client_of(lsn);
  const std::string data(700, static_cast<char>('a' + lsn % 26));
  format::RecordView view;
  view.interpreter_version = 1;
  view.keys.push_back({.client = client, .producer = "", .id = BatchId(lsn)});
  view.operations.push_back({.kind = format::OperationKind::kApply, .key_index = 0, .delta = data});
  std::string out;
  format::put_record(out, view);
  return out;
}

/// What a salvage found.
struct Found {
  std::vector<std::uint64_t> lsns;
  std::vector<LogGap> gaps;
  ChainEnd end;
};

class LogSalvage : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kRecords = 24;

  void SetUp() override {
    const auto storage = make_file_storage(machine_, kSmall);
    Result<TestLog> log = TestLog::open(*storage, kName);
    ASSERT_TRUE(log);
    for (std::uint64_t lsn = 1; lsn <= kRecords; ++lsn) {
      const auto location = log->append({record(lsn)});
      ASSERT_TRUE(location);
      places_.push_back((*log)->describe(*location));
      ASSERT_TRUE((*log)->maintain(1));
    }
    ASSERT_TRUE((*log)->close());
    ASSERT_GE(names(FileKind::kDirectory).size(), 2U);
  }

  static Found salvage(const std::shared_ptr<SimulatedFileSystem>& machine) {
    const auto reader = make_file_storage(machine, kSmall)->read(kName);
    EXPECT_TRUE(reader) << to_string(reader.error());
    const auto scan = (*reader)->salvage();
    EXPECT_TRUE(scan) << to_string(scan.error());
    Found found{.lsns = {}, .gaps = (*scan)->gaps(), .end = (*scan)->chain_end()};
    for (;;) {
      const auto group = (*scan)->next();
      EXPECT_TRUE(group) << to_string(group.error());
      if (!*group) return found;
      const auto header = format::decode_group_header((*group)->bytes);
      EXPECT_TRUE(header);
      found.lsns.push_back(header->first_lsn.value);
    }
  }

  static void flip(SimulatedFileSystem& machine, const std::string& name, std::uint64_t offset) {
    std::string bytes = machine.bytes(kDirectory, name);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x10);
    machine.set_bytes(kDirectory, name, bytes);
  }

  std::vector<std::string> names(FileKind kind) const {
    std::vector<std::string> found;
    for (const std::string& name : machine_->names(kDirectory)) {
      if (classify(name).kind == kind) found.push_back(name);
    }
    return found;
  }

  /// Whether the segment of record `lsn` is sealed, so that it has a directory.
  [[nodiscard]] bool is_sealed(std::uint64_t lsn) const {
    return places_[lsn - 1].file != places_.back().file;
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();
  std::vector<Place> places_;  ///< Of record i + 1.
};

TEST_F(LogSalvage, AWholeLogHasNoGaps) {
  const Found found = salvage(machine_);
  EXPECT_EQ(found.lsns.size(), kRecords);
  EXPECT_TRUE(found.gaps.empty());
  EXPECT_EQ(found.end.next_lsn.value, kRecords + 1);
}

TEST_F(LogSalvage, OneDamagedGroupIsOneGapThatNamesItsClient) {
  for (std::uint64_t lsn = 1; lsn <= kRecords; ++lsn) {
    for (const std::uint64_t at : {0U, 70U, 127U, 130U, 500U}) {
      const auto damaged = machine_->fork();
      flip(*damaged, places_[lsn - 1].file, places_[lsn - 1].offset + at);
      const Found found = salvage(damaged);
      EXPECT_EQ(found.lsns.size(), kRecords - 1) << lsn;
      EXPECT_EQ(found.end.next_lsn.value, kRecords + 1) << lsn;
      ASSERT_EQ(found.gaps.size(), 1U) << lsn << " byte " << at;
      const LogGap& gap = found.gaps.front();
      EXPECT_EQ(gap.report.error.file, places_[lsn - 1].file);
      EXPECT_EQ(gap.report.error.offset, places_[lsn - 1].offset);
      EXPECT_EQ(gap.report.error.begin_lsn, lsn);
      EXPECT_EQ(gap.report.error.end_lsn, lsn + 1);
      EXPECT_EQ(gap.open_ended, lsn == kRecords);
      EXPECT_EQ(gap.report.names_all, is_sealed(lsn)) << lsn;
      if (!is_sealed(lsn)) continue;
      ASSERT_EQ(gap.report.clients.size(), 1U) << lsn;
      EXPECT_EQ(gap.report.clients.front().client, client_of(lsn));
      ASSERT_EQ(gap.report.clients.front().ids.size(), 1U);
      const std::vector<IdRange> lost{{lsn, lsn}};
      EXPECT_EQ(gap.report.clients.front().ids.front().integers, lost);
    }
  }
}

TEST_F(LogSalvage, GoesOnPastTheFirstDamage) {
  const auto damaged = machine_->fork();
  for (const std::uint64_t lsn : {2U, 3U, 9U, 24U}) {
    flip(*damaged, places_[lsn - 1].file, places_[lsn - 1].offset + 5);
  }
  const Found found = salvage(damaged);
  EXPECT_EQ(found.lsns.size(), kRecords - 4);
  ASSERT_EQ(found.gaps.size(), 3U);
  EXPECT_EQ(found.gaps[0].report.error.begin_lsn, 2U);
  EXPECT_EQ(found.gaps[0].report.error.end_lsn, 4U);
  EXPECT_EQ(found.gaps[1].report.error.begin_lsn, 9U);
  EXPECT_EQ(found.gaps[2].report.error.begin_lsn, 24U);
}

TEST_F(LogSalvage, ALostSegmentNamesAllItsClients) {
  for (const std::string& name : names(FileKind::kSegment)) {
    std::vector<std::uint64_t> lost;
    for (std::uint64_t lsn = 1; lsn <= kRecords; ++lsn) {
      if (places_[lsn - 1].file == name) lost.push_back(lsn);
    }
    const auto damaged = machine_->fork();
    damaged->erase(kDirectory, name);
    const Found found = salvage(damaged);
    EXPECT_EQ(found.lsns.size(), kRecords - lost.size()) << name;
    ASSERT_EQ(found.gaps.size(), 1U) << name;
    const DamageReport& report = found.gaps.front().report;
    EXPECT_EQ(report.error.file, name);
    if (lost.empty()) {
      // A segment that was never begun, for all that is known; but the mark may be older than the
      // last flush, so nothing proves it.
      EXPECT_TRUE(!report.names_all && report.clients.empty());
      continue;
    }
    EXPECT_EQ(report.error.begin_lsn, lost.front());
    EXPECT_EQ(report.error.end_lsn, lost.back() + 1);
    EXPECT_EQ(report.names_all, is_sealed(lost.front()));
    EXPECT_EQ(report.clients.size(), is_sealed(lost.front()) ? 3U : 0U);
  }
}

// Its directory gone as well, nobody can say whom a damaged segment concerns.
TEST_F(LogSalvage, WithoutADirectoryNobodyIsProven) {
  const auto damaged = machine_->fork();
  for (const std::string& name : names(FileKind::kDirectory)) damaged->erase(kDirectory, name);
  flip(*damaged, places_[3].file, places_[3].offset);
  const Found found = salvage(damaged);
  ASSERT_EQ(found.gaps.size(), 1U);
  EXPECT_FALSE(found.gaps.front().report.names_all);
  EXPECT_TRUE(found.gaps.front().report.clients.empty());
}

// The head of a segment is not its content: groups that chain are all there.
TEST_F(LogSalvage, ADamagedHeadLosesNoRecord) {
  for (const std::string& name : names(FileKind::kSegment)) {
    for (const std::uint64_t at : {3U, 4040U}) {
      const auto damaged = machine_->fork();
      flip(*damaged, name, at);
      const Found found = salvage(damaged);
      EXPECT_EQ(found.lsns.size(), kRecords) << name << " byte " << at;
      const bool used =
          std::ranges::any_of(places_, [&](const Place& place) { return place.file == name; });
      EXPECT_EQ(found.gaps.size(), at == 3 || used ? 1U : 0U) << name << " byte " << at;
      for (const LogGap& gap : found.gaps) {
        EXPECT_TRUE(gap.report.names_all && gap.report.clients.empty()) << name << " byte " << at;
      }
    }
  }
}

TEST_F(LogSalvage, ATruncatedSegmentKeepsItsFront) {
  const auto damaged = machine_->fork();
  const std::string name = places_[0].file;
  damaged->set_bytes(kDirectory, name,
                     damaged->bytes(kDirectory, name).substr(0, places_[2].offset));
  const Found found = salvage(damaged);
  ASSERT_EQ(found.gaps.size(), 1U);
  EXPECT_EQ(found.gaps.front().report.error.begin_lsn, 3U);
  EXPECT_EQ(found.lsns.front(), 1U);
  EXPECT_TRUE(found.gaps.front().report.names_all);
}

// What was cut off the newest segment may have been more than anything tells of.
TEST_F(LogSalvage, ACutEndProvesNobodyWithoutAMark) {
  const Place& last = places_.back();
  for (const bool has_mark : {true, false}) {
    for (const std::uint64_t cut : {last.offset + 1, last.offset, last.offset - 1}) {
      const auto damaged = machine_->fork();
      damaged->set_bytes(kDirectory, last.file,
                         damaged->bytes(kDirectory, last.file).substr(0, cut));
      if (!has_mark) damaged->erase(kDirectory, "mark");
      const Found found = salvage(damaged);
      ASSERT_EQ(found.gaps.size(), 1U) << cut;
      EXPECT_FALSE(found.gaps.front().report.names_all) << cut;
      EXPECT_TRUE(found.gaps.front().open_ended) << cut;
      EXPECT_EQ(found.gaps.front().report.error.begin_lsn, found.lsns.back() + 1) << cut;
    }
  }
}

TEST(MissingClients, CountsTellWhatIdsCannot) {
  SegmentDirectory whole;
  whole.entries[{"a", ""}] = {.operations = 3, .integers = {{1, 2}}, .texts = {}};
  whole.entries[{"b", "p"}] = {.operations = 5, .integers = {{0, 9}}, .texts = {"x", "y"}};
  whole.entries[{"c", ""}] = {.operations = 1, .integers = {}, .texts = {}};
  SegmentDirectory survivors = whole;
  EXPECT_TRUE(missing_clients(whole, survivors)->empty());
  survivors.entries[{"a", ""}].operations = 2;
  survivors.entries[{"b", "p"}] = {.operations = 2, .integers = {{3, 4}, {7, 7}}, .texts = {"y"}};
  survivors.entries.erase({"c", ""});
  const auto missing = missing_clients(whole, survivors);
  ASSERT_TRUE(missing);
  ASSERT_EQ(missing->size(), 3U);
  // An id used in two lives: both of what is known may be meant.
  EXPECT_EQ((*missing)[0].ids.front().integers, (std::vector<IdRange>{{1, 2}}));
  EXPECT_EQ((*missing)[1].ids.front().producer, "p");
  EXPECT_EQ((*missing)[1].ids.front().integers, (std::vector<IdRange>{{0, 2}, {5, 6}, {8, 9}}));
  EXPECT_EQ((*missing)[1].ids.front().texts, std::vector<std::string>{"x"});
  EXPECT_EQ((*missing)[2].client, "c");
  survivors.entries[{"z", ""}].operations = 1;
  EXPECT_FALSE(missing_clients(whole, survivors)) << "a directory that lacks what is there";
}

}  // namespace
}  // namespace seawall::storage::testing
