// Readers beside a writer, each accident of the moment forced: listings that miss names, files that
// go between listing and opening, writers that come after a reader asked for them.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_fault.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/hooked_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
const std::string kDirectory = "/data/svc";
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};

/// A writer on a machine, and readers of it that come through hooks.
class FileReaders : public ::testing::Test {
 protected:
  Result<TestLog> open_writer() {
    return TestLog::open(*make_file_storage(machine_, kSmall), kName);
  }
  Result<std::unique_ptr<VolumeReader>> open_reader() { return readers_->read(kName); }
  Hooks& hooks() { return hooked_->hooks(); }

  /// Opens a reader and reads it through, again while the log changes, as the engine does.
  Result<Scanned> read_all() {
    constexpr int kTries = 20;
    Result<Scanned> found = read_once();
    for (int i = 1; !found && found.error().code == Errc::kBusy && i < kTries; ++i) {
      found = read_once();
    }
    return found;
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();

 private:
  Result<Scanned> read_once() {
    const auto reader = open_reader();
    if (!reader) return std::unexpected(reader.error());
    return scan_all(**reader);
  }

  std::shared_ptr<HookedFileSystem> hooked_ = std::make_shared<HookedFileSystem>(machine_);
  std::shared_ptr<StorageInterface> readers_ = make_file_storage(hooked_, kSmall);
};

bool is_manifest(const DirectoryEntry& entry) {
  return classify(entry.name).kind == FileKind::kManifest;
}

// The engine's bytes change nothing that a reader of the log needs: it must never fail.
TEST_F(FileReaders, ListingsThatMissTheManifestAreLookedAtAgain) {
  auto log = open_writer();
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append({"one"}));
  for (int misses = 1; misses <= 90; ++misses) {
    int left = misses;
    hooks().listed = [&](std::vector<DirectoryEntry>& entries) {
      if (left-- > 0) std::erase_if(entries, is_manifest);
    };
    const auto found = read_all();
    ASSERT_TRUE(found) << misses << ": " << to_string(found.error());
    EXPECT_EQ(found->records.size(), 1U);
  }
}

TEST_F(FileReaders, ListingsThatMissEverythingAreLookedAtAgain) {
  auto log = open_writer();
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append({"one"}));
  int left = 50;
  hooks().listed = [&](std::vector<DirectoryEntry>& entries) {
    if (left-- > 0) entries.clear();
  };
  const auto found = read_all();
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->records.size(), 1U);
}

// Each listing is old by the time it is used.
TEST_F(FileReaders, AManifestReplacedAfterEachListingIsFollowed) {
  auto log = open_writer();
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append({"one"}));
  for (int replaced = 1; replaced <= 20; ++replaced) {
    hooks().listed = [&](std::vector<DirectoryEntry>& /*entries*/) {
      for (int i = 0; i < replaced; ++i)
        ASSERT_TRUE((*log)->publish({.bytes = "m", .log_start = {}}));
    };
    const auto found = read_all();
    ASSERT_TRUE(found) << replaced << ": " << to_string(found.error());
    EXPECT_EQ(found->records.size(), 1U);
  }
}

TEST_F(FileReaders, DamageIsStillReportedAloneAndBesideAWriter) {
  auto log = open_writer();
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append({"one"}));
  for (const std::string& name : machine_->names(kDirectory)) {
    if (!is_manifest({.name = name, .is_regular = true})) continue;
    std::string bytes = machine_->bytes(kDirectory, name);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    machine_->set_bytes(kDirectory, name, bytes);
  }
  EXPECT_EQ(open_reader().error().code, Errc::kCorrupt);
  *log = TestLog();
  EXPECT_EQ(open_reader().error().code, Errc::kCorrupt);
}

// A segment that is missing while the manifest that lists it is there is damage, whatever a listing
// shows; once that manifest is gone it proves nothing.
TEST_F(FileReaders, AMissingSegmentIsJudgedByTheManifestThatListsIt) {
  auto log = open_writer();
  ASSERT_TRUE(log);
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(log->append({std::string(1500, 'r')}));
  const auto reader = open_reader();
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*log)->publish({.bytes = "m", .log_start = log->end.next_lsn}));
  hooks().listed = [&](std::vector<DirectoryEntry>& entries) {
    std::erase_if(entries, is_manifest);
  };
  EXPECT_EQ(scan_all(**reader).error().code, Errc::kBusy);
  hooks().listed = {};
  const auto newest = open_reader();
  ASSERT_TRUE(newest);
  for (const std::string& name : machine_->names(kDirectory)) {
    if (classify(name).kind == FileKind::kSegment) machine_->erase(kDirectory, name);
  }
  EXPECT_EQ(scan_all(**newest).error().code, Errc::kCorrupt);
}

/// A log whose second record is written and not flushed, its writer alive.
class UnflushedRecord {
 public:
  explicit UnflushedRecord(SimulatedFileSystem& machine) : machine_(machine) {}
  void write(TestLog& log) {
    machine_.fail_at(SimulatedOperation::kSyncData, 1, EIO);
    ASSERT_FALSE(log.append({"not durable"}));
    machine_.clear_faults();
  }

 private:
  SimulatedFileSystem& machine_;
};

// The reader asks for a writer, there is none; then one opens the log and writes.
TEST_F(FileReaders, AWriterThatComesAfterTheFirstQuestionLimitsTheReader) {
  std::optional<TestLog> writer;
  {
    auto log = open_writer();
    ASSERT_TRUE(log);
    ASSERT_TRUE(log->append({"durable"}));
    ASSERT_TRUE((*log)->close());
  }
  int questions = 0;
  hooks().asked_for_lock = [&](bool& /*locked*/) {
    if (++questions != 1) return;
    auto log = open_writer();
    ASSERT_TRUE(log);
    writer = std::move(*log);
    UnflushedRecord(*machine_).write(*writer);
  };
  const auto found = read_all();
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->records.size(), 1U);
  EXPECT_GE(questions, 2);
}

// The last group of a killed writer is not durable before the next one has started. A reader that
// looked while nobody held the lock must not show it beside that one.
TEST_F(FileReaders, AWriterThatComesDuringTheWalkLimitsTheReader) {
  {
    auto log = open_writer();
    ASSERT_TRUE(log);
    ASSERT_TRUE(log->append({"durable"}));
    UnflushedRecord(*machine_).write(*log);
    machine_->kill_process();
  }
  std::unique_ptr<StorageVolume> taken;
  hooks().before_read = [&](std::string_view name) {
    if (taken || classify(name).kind != FileKind::kSegment) return;
    auto acquired = make_file_storage(machine_, kSmall)->acquire(kName);
    ASSERT_TRUE(acquired);
    taken = std::move(*acquired);
  };
  const auto found = read_all();
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_TRUE(taken);
  EXPECT_EQ(found->records.size(), 1U);
  taken.reset();
  hooks().before_read = {};
  EXPECT_EQ(read_all()->records.size(), 2U) << "without a writer, what recovery would keep";
}

}  // namespace
}  // namespace seawall::storage::testing
