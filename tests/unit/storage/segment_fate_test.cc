// Every input of the decision what an unlisted segment is, and the logs that it is made for.

#include "storage/file/segment_fate.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_names.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

struct Row {
  UnlistedStart start;
  bool given_out;
  bool is_garbage;  ///< Unless a newer group is in it.
};

constexpr std::array kRows{
    Row{UnlistedStart::kNone, false, true},         // prepared, not listed yet
    Row{UnlistedStart::kNone, true, true},          // prepared, its manifest failed
    Row{UnlistedStart::kUnsound, false, true},      // recycled, or an open cut in its first write
    Row{UnlistedStart::kUnsound, true, true},       //
    Row{UnlistedStart::kKnownEpoch, false, false},  // begun under a newer manifest
    Row{UnlistedStart::kKnownEpoch, true, true},    // dropped
    Row{UnlistedStart::kNextEpoch, false, true},    // begun by an open that did not finish
    Row{UnlistedStart::kNextEpoch, true, false},    // no crash does this
    Row{UnlistedStart::kLaterEpoch, false, false},  // opened twice since
    Row{UnlistedStart::kLaterEpoch, true, false},   //
};

TEST(SegmentFate, EveryInput) {
  for (const Row& row : kRows) {
    for (const bool newer_group : {false, true}) {
      const SegmentFate fate =
          decide_fate({.start = row.start, .given_out = row.given_out, .newer_group = newer_group});
      EXPECT_EQ(fate == SegmentFate::kGarbage, row.is_garbage && !newer_group);
    }
  }
}

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
const std::string kDirectory = "/data/svc";
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};
constexpr FileSystemStorageOptions kAligned{
    .segment_bytes_min = 16384, .segment_bytes_max = 32768, .group_align_bytes = 4096};

/// A log of some lives that keeps a copy of every manifest it ever had.
class OlderManifests {
 public:
  explicit OlderManifests(const FileSystemStorageOptions& options)
      : storage_(make_file_storage(machine_, options)) {}

  /// `trims` tells whether checkpoints free segments.
  void write(bool trims) {
    for (int life = 0; life < 3; ++life) {
      auto log = TestLog::open(*storage_, kName);
      ASSERT_TRUE(log) << to_string(log.error());
      keep_manifest();
      for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(log->append({std::string(1500, 'r')}));
        keep_manifest();
        ASSERT_TRUE((*log)->maintain(1));
        keep_manifest();
        if (trims && i == 6) {
          ASSERT_TRUE((*log)->publish({.bytes = "m", .log_start = log->end.next_lsn}));
          keep_manifest();
        }
      }
      end_ = log->end.next_lsn;
      if (life % 2 == 0) {
        ASSERT_TRUE((*log)->close());
      }
    }
  }

  /// Puts each older manifest back with the mark lost. Either every record is still there that the
  /// log has, or damage is reported and no file is removed.
  void judge(std::size_t& reported, std::size_t& whole) const {
    for (const auto& [name, bytes] : manifests_) {
      if (name == newest()) continue;
      const auto copy = machine_->fork();
      copy->erase(kDirectory, newest());
      copy->erase(kDirectory, kMarkName);
      copy->set_bytes(kDirectory, name, bytes);
      const std::vector<std::string> before = copy->names(kDirectory);
      const auto log = TestLog::open(*make_file_storage(copy, kSmall), kName);
      if (log) {
        EXPECT_EQ(log->end.next_lsn, end_) << name;
        ++whole;
        continue;
      }
      EXPECT_EQ(log.error().code, Errc::kCorrupt) << name;
      for (const std::string& file : before) {
        EXPECT_TRUE(file == kPidName || !copy->bytes(kDirectory, file).empty()) << name << file;
      }
      ++reported;
    }
  }

 private:
  void keep_manifest() {
    const std::string name = newest();
    manifests_.emplace(name, machine_->bytes(kDirectory, name));
  }
  [[nodiscard]] std::string newest() const {
    std::string newest;
    for (const std::string& name : machine_->names(kDirectory)) {
      if (classify(name).kind == FileKind::kManifest) newest = name;
    }
    return newest;
  }

  std::shared_ptr<SimulatedFileSystem> machine_ = std::make_shared<SimulatedFileSystem>();
  std::shared_ptr<StorageInterface> storage_;
  std::map<std::string, std::string> manifests_;
  Lsn end_;
};

TEST(SegmentFate, AnOlderManifestPutBackWithoutAMarkLosesNothing) {
  std::size_t reported = 0;
  std::size_t whole = 0;
  for (const FileSystemStorageOptions& options : {kSmall, kAligned}) {
    for (const bool trims : {false, true}) {
      OlderManifests log(options);
      log.write(trims);
      log.judge(reported, whole);
    }
  }
  std::cout << "older manifests: " << reported << " reported, " << whole << " lost nothing\n";
  EXPECT_GT(reported, 20U);
}

}  // namespace
}  // namespace seawall::storage::testing
