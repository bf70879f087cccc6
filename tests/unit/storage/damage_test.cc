// Damage to acknowledged bytes is reported with its place; nothing else is.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/file_system_storage.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "format/record.h"
#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/mark.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
const std::string kDirectory = "/data/svc";
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};

class FileDamage : public ::testing::Test {
 protected:
  FileDamage() : machine_(std::make_shared<SimulatedFileSystem>()) {
    storage_ = make_file_storage(machine_, kSmall);
  }

  TestLog open() {
    Result<TestLog> log = TestLog::open(*storage_, kName);
    EXPECT_TRUE(log) << to_string(log.error());
    return std::move(*log);
  }

  /// Groups of one record each, of about `bytes`.
  static void append(TestLog& log, int groups, std::size_t bytes = 500) {
    for (int i = 0; i < groups; ++i) {
      ASSERT_TRUE(log.append({std::string(bytes, static_cast<char>('a' + i % 26))}));
    }
  }

  /// Opens on a copy of the machine and returns the error, if any, of writer and reader alike.
  static std::optional<Error> judge(const SimulatedFileSystem& machine) {
    const auto copy = machine.fork();
    const auto storage = make_file_storage(copy, kSmall);
    std::optional<Error> seen;
    const auto reader = storage->read(kName);
    if (!reader) {
      seen = reader.error();
    } else if (const auto scanned = scan_all(**reader); !scanned) {
      seen = scanned.error();
    }
    const auto log = TestLog::open(*storage, kName);
    EXPECT_EQ(log.has_value(), !seen) << (seen ? to_string(*seen) : to_string(log.error()));
    if (!log) {
      EXPECT_EQ(log.error().code, seen ? seen->code : Errc::kIo);
    }
    return seen;
  }

  void flip(const std::string& name, std::uint64_t offset) {
    std::string bytes = machine_->bytes(kDirectory, name);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x10);
    machine_->set_bytes(kDirectory, name, bytes);
  }

  std::vector<std::string> names(FileKind kind) const {
    std::vector<std::string> found;
    for (const std::string& name : machine_->names(kDirectory)) {
      if (classify(name).kind == kind) found.push_back(name);
    }
    return found;
  }

  std::shared_ptr<SimulatedFileSystem> machine_;
  std::shared_ptr<StorageInterface> storage_;
};

// Also without the mark: later groups and the next segment's start prove what came before.
TEST_F(FileDamage, EveryAcknowledgedByteIsGuarded) {
  std::vector<Place> places;
  {
    TestLog log = open();
    for (int i = 0; i < 12; ++i) {
      const auto location = log.append({std::string(300, 'x')});
      ASSERT_TRUE(location);
      places.push_back(log->describe(*location));
      if (i % 5 == 0) {
        ASSERT_TRUE(log->maintain(1));
      }
    }
    ASSERT_TRUE(log->close());
  }
  constexpr std::uint64_t kGroupBytes = 128 + 8 + 300;
  const auto intact = machine_->fork();
  for (const bool with_mark : {true, false}) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const bool proven = with_mark || i + 1 < places.size();
      for (std::uint64_t at = 0; at < kGroupBytes; at += 7) {
        machine_ = intact->fork();
        if (!with_mark) machine_->erase(kDirectory, "mark");
        flip(places[i].file, places[i].offset + at);
        const auto error = judge(*machine_);
        ASSERT_EQ(error.has_value(), proven) << "group " << i << " byte " << at;
        if (!error) continue;
        EXPECT_EQ(error->code, Errc::kCorrupt);
        EXPECT_EQ(error->file, places[i].file);
        EXPECT_EQ(error->offset, places[i].offset);
        EXPECT_EQ(error->begin_lsn, i + 1);
        EXPECT_EQ(error->end_lsn, i + 2);
      }
    }
  }
}

TEST_F(FileDamage, ZeroedSectorsAndWholeSegmentsAreReported) {
  {
    TestLog log = open();
    append(log, 6);
    ASSERT_TRUE(log->close());
  }
  const auto intact = machine_->fork();
  const std::string segment = names(FileKind::kSegment).front();
  const std::string bytes = machine_->bytes(kDirectory, segment);
  for (std::size_t sector = 0; sector < 4096 + 6 * 640; sector += 512) {
    machine_ = intact->fork();
    std::string damaged = bytes;
    damaged.replace(sector, 512, 512, '\0');
    machine_->set_bytes(kDirectory, segment, damaged);
    // Between the identity and the start block lies nothing.
    EXPECT_EQ(judge(*machine_).has_value(), damaged != bytes) << sector;
  }
}

TEST_F(FileDamage, MissingAndTruncatedFilesAreReported) {
  {
    TestLog log = open();
    append(log, 20);
    ASSERT_TRUE(log->maintain(1));
    ASSERT_TRUE(log->put("obj", "1234"));
    ASSERT_TRUE(log->publish({.bytes = "m", .log_start = Lsn{1}}));
    append(log, 1);
    ASSERT_TRUE(log->close());
  }
  const auto intact = machine_->fork();
  std::vector<std::string> files = names(FileKind::kSegment);
  ASSERT_GE(files.size(), 3U);
  files.push_back(names(FileKind::kManifest).front());
  for (const std::string& name : files) {
    machine_ = intact->fork();
    machine_->erase(kDirectory, name);
    auto error = judge(*machine_);
    ASSERT_TRUE(error) << name;
    EXPECT_EQ(error->code, Errc::kCorrupt);
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{4100}}) {
      machine_ = intact->fork();
      const std::string bytes = machine_->bytes(kDirectory, name);
      if (length >= bytes.size()) continue;
      machine_->set_bytes(kDirectory, name, std::string_view(bytes).substr(0, length));
      error = judge(*machine_);
      ASSERT_TRUE(error) << name << " cut to " << length;
      EXPECT_EQ(error->code, Errc::kCorrupt);
      EXPECT_EQ(error->file, name);
    }
  }
}

TEST_F(FileDamage, AManifestWithAnyBitFlippedIsReported) {
  {
    TestLog log = open();
    append(log, 3);
    ASSERT_TRUE(log->close());
  }
  const auto intact = machine_->fork();
  const std::string name = names(FileKind::kManifest).front();
  for (std::uint64_t at = 0; at < machine_->bytes(kDirectory, name).size(); ++at) {
    machine_ = intact->fork();
    flip(name, at);
    const auto error = judge(*machine_);
    ASSERT_TRUE(error) << at;
    EXPECT_EQ(error->code, Errc::kCorrupt);
  }
}

// The mark is evidence, never needed: whatever becomes of it, a whole log opens.
TEST_F(FileDamage, AMarkWithAnyBitFlippedIsNoDamage) {
  {
    TestLog log = open();
    append(log, 3);
    ASSERT_TRUE(log->close());
  }
  const auto intact = machine_->fork();
  for (std::uint64_t at = 0; at < 128; ++at) {
    machine_ = intact->fork();
    flip("mark", at);
    flip("mark", 4096 + at);
    EXPECT_FALSE(judge(*machine_)) << at;
  }
  machine_ = intact->fork();
  machine_->set_bytes(kDirectory, "mark", "");
  EXPECT_FALSE(judge(*machine_));
}

TEST_F(FileDamage, ANewerFormatIsNamedNotDamaged) {
  {
    TestLog log = open();
    append(log, 1);
    ASSERT_TRUE(log->close());
  }
  const MarkEvidence marks = decode_marks(machine_->bytes(kDirectory, "mark"), std::nullopt);
  ASSERT_TRUE(marks.mark);
  EXPECT_EQ(marks.mark->durable.value, 1U);
  std::string bytes = machine_->bytes(kDirectory, names(FileKind::kManifest).front());
  bytes[8] = 9;
  const std::size_t body = bytes.size() - 4;
  bytes.resize(body);
  base::put_le(bytes, base::crc32c(bytes));
  machine_->set_bytes(kDirectory, names(FileKind::kManifest).front(), bytes);
  const auto error = judge(*machine_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kUnsupported);
  EXPECT_NE(error->message.find("version 9"), std::string::npos) << error->message;
}

TEST_F(FileDamage, DirectoriesThatAreNoLog) {
  ASSERT_TRUE(machine_->create_directories(kDirectory));
  const auto empty = machine_->fork();
  const auto judge_with = [&](const std::string& name) {
    machine_ = empty->fork();
    machine_->set_bytes(kDirectory, name, "bytes");
    const auto log = TestLog::open(*make_file_storage(machine_->fork(), kSmall), kName);
    const auto reader = make_file_storage(machine_, kSmall)->read(kName);
    EXPECT_FALSE(reader);
    if (log) {
      EXPECT_EQ(reader.error().code, Errc::kNotFound) << name;
    }
    return log ? std::nullopt : std::optional(log.error().code);
  };
  for (const char* name : {"pid", "mark", "reserve", "manifest-00000000000000000001.tmp"}) {
    EXPECT_EQ(judge_with(name), std::nullopt) << name;
  }
  for (const std::string& name :
       {segment_name(1), object_name("ckpt"), directory_name(1), manifest_name(1)}) {
    EXPECT_EQ(judge_with(name), Errc::kCorrupt) << name;
  }
  EXPECT_EQ(judge_with("holiday.jpg"), Errc::kForeign);
}

// A recycled segment is full of sound groups of the log's past.
TEST_F(FileDamage, StaleGroupsOfARecycledSegmentAreNeverTaken) {
  std::uint64_t next = 1;
  for (int life = 0; life < 6; ++life) {
    TestLog log = open();
    ASSERT_EQ(log.end.next_lsn.value, next);
    EXPECT_EQ(log.recovered.torn_bytes, 0U);
    for (int i = 0; i < 30; ++i) {
      append(log, 1, 500);
      ASSERT_TRUE(log->maintain(1));
      if (i % 6 == 0) {
        ASSERT_TRUE(log->publish({.bytes = "m", .log_start = log.end.next_lsn}));
      }
    }
    next = log.end.next_lsn.value;
    EXPECT_LE(log->stats().segments, 3U);
    ASSERT_TRUE(log->close());
  }
}

// Without a mark, only the manifest's epoch says that a segment was begun.
TEST_F(FileDamage, AnOlderCopyOfTheNewestSegmentIsReportedWithoutAMark) {
  {
    TestLog log = open();
    append(log, 3);
    ASSERT_TRUE(log->maintain(1));
    ASSERT_TRUE(log->close());
  }
  const auto before = machine_->fork();
  std::string newest;
  {
    TestLog log = open();
    const auto location = log.append({"the newest"});
    ASSERT_TRUE(location);
    newest = log->describe(*location).file;
    ASSERT_TRUE(log.append({"and one more"}));
    ASSERT_TRUE(log->close());
  }
  const auto names_before = before->names(kDirectory);
  ASSERT_NE(std::ranges::find(names_before, newest), names_before.end());
  machine_->set_bytes(kDirectory, newest, before->bytes(kDirectory, newest));
  machine_->erase(kDirectory, "mark");
  const auto error = judge(*machine_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->file, newest);
  EXPECT_EQ(error->offset, 4032U);
  EXPECT_EQ(error->begin_lsn, 4U);
  EXPECT_EQ(error->end_lsn, 5U);
  const auto reader = storage_->read(kName);
  ASSERT_TRUE(reader);
  const auto salvage = (*reader)->salvage();
  ASSERT_TRUE(salvage);
  ASSERT_EQ((*salvage)->gaps().size(), 1U);
  const LogGap& gap = (*salvage)->gaps().front();
  EXPECT_EQ(to_string(gap.report.error).substr(0, 7), "corrupt");
  EXPECT_EQ(gap.report.error.file, newest);
  EXPECT_EQ(gap.report.error.begin_lsn, 4U);
  EXPECT_FALSE(gap.report.names_all);
}

TEST_F(FileDamage, ALostSegmentIsNamedWithItsClients) {
  {
    TestLog log = open();
    for (std::uint64_t id = 1; id <= 40; ++id) {
      std::string payload;
      format::RecordView record;
      record.interpreter_version = 1;
      record.keys.push_back({.client = id % 2 == 0 ? "alice" : "bob", .producer = "", .id = id});
      const std::string delta(300, 'd');
      record.operations.push_back({.key_index = 0, .delta = delta});
      format::put_record(payload, record);
      ASSERT_TRUE(log.append({payload}));
      ASSERT_TRUE(log->maintain(id));
    }
    ASSERT_TRUE(log->close());
  }
  const auto segments = names(FileKind::kSegment);
  ASSERT_GE(names(FileKind::kDirectory).size(), 1U);
  machine_->erase(kDirectory, segments.front());
  const auto error = judge(*machine_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->file, segments.front());
  EXPECT_EQ(error->begin_lsn, 1U);
  EXPECT_GT(error->end_lsn, 2U);
  EXPECT_NE(error->message.find("alice ids 2, 4"), std::string::npos) << error->message;
}

}  // namespace
}  // namespace seawall::storage::testing
