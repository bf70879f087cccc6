// What every storage promises, whatever it stands on (storage_interface.h).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "seawall/file_system_storage.h"
#include "seawall/memory_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_storage.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 32768, .group_align_bytes = 64};
constexpr FileSystemStorageOptions kAligned{
    .segment_bytes_min = 16384, .segment_bytes_max = 65536, .group_align_bytes = 4096};

struct StorageKind {
  std::string name;
  std::function<std::shared_ptr<StorageInterface>()> make;
};

// Or the list of tests shows a parameter's bytes.
std::ostream& operator<<(std::ostream& out, const StorageKind& kind) {
  return out << kind.name;
}

class Conformance : public ::testing::TestWithParam<StorageKind> {
 protected:
  Conformance() {
    const ::testing::TestInfo* info = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string unique = std::string(info->test_suite_name()) + "." + info->name();
    for (char& c : unique) c = c == '/' ? '-' : c;
    // With the process: another build may run the same tests at the same time.
    base_ = ::testing::TempDir() + "seawall-" + std::to_string(::getpid()) + "-" + unique;
    std::filesystem::remove_all(base_);
    storage_ = GetParam().make();
  }
  ~Conformance() override { std::filesystem::remove_all(base_); }

  VolumeName name() const { return {.base_dir = base_, .service_name = "svc"}; }

  TestLog open() {
    Result<TestLog> log = TestLog::open(*storage_, name());
    EXPECT_TRUE(log) << to_string(log.error());
    return std::move(*log);
  }

  std::string base_;
  std::shared_ptr<StorageInterface> storage_;
};

TEST_P(Conformance, ReadingAMissingLogIsNotFound) {
  const auto reader = storage_->read(name());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::kNotFound);
}

TEST_P(Conformance, ANewLogIsEmptyAndAcceptsGroups) {
  TestLog log = open();
  EXPECT_TRUE(log.recovered.records.empty());
  EXPECT_EQ(log.recovered.end.next_lsn.value, 1U);
  EXPECT_EQ(log->manifest().bytes, "");
  ASSERT_TRUE(log.append({"one", "two"}));
  EXPECT_EQ(log->stats().durable_mark.value, 2U);
}

TEST_P(Conformance, WhatWasAppendedIsThereAgainInOrder) {
  std::vector<std::pair<std::uint64_t, std::string>> expected;
  Epoch epoch;
  for (int life = 0; life < 4; ++life) {
    TestLog log = open();
    EXPECT_EQ(log.recovered.records, expected);
    EXPECT_GT(log->epoch(), epoch);
    epoch = log->epoch();
    for (int i = 0; i < 20; ++i) {
      std::string payload(static_cast<std::size_t>(100 * i), static_cast<char>('a' + i));
      expected.emplace_back(log.end.next_lsn.value, payload);
      ASSERT_TRUE(log.append({payload}));
      ASSERT_TRUE(log->maintain(static_cast<std::uint64_t>(i)));
    }
    ASSERT_TRUE(log->close());
  }
}

TEST_P(Conformance, ASecondWriterIsLockedOutUntilTheFirstEnds) {
  TestLog log = open();
  const auto second = storage_->acquire(name());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kLocked);
  ASSERT_TRUE(log->close());
  EXPECT_TRUE(storage_->acquire(name()));
}

TEST_P(Conformance, OutOfOrderGroupsAreRefused) {
  TestLog log = open();
  const std::string group = log.make_group({"x"});
  ASSERT_TRUE(log.append({"x"}));
  const auto again = log->append(group);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kInvalidArgument);
  EXPECT_TRUE(log.append({"y"}));
}

TEST_P(Conformance, NothingIsAppendedBeforeStart) {
  auto volume = storage_->acquire(name());
  ASSERT_TRUE(volume);
  EXPECT_FALSE((*volume)->append("short"));
  EXPECT_FALSE((*volume)->publish({.bytes = "m", .log_start = Lsn{1}}));
}

TEST_P(Conformance, ObjectsAreCreateOnlyAndReadInPieces) {
  TestLog log = open();
  const std::string bytes(300'000, 'q');
  ASSERT_TRUE(log->put("ckpt-1", bytes));
  EXPECT_FALSE(log->put("ckpt-1", "other"));
  EXPECT_FALSE(log->put("../evil", "x"));
  EXPECT_FALSE(log->put("", "x"));
  EXPECT_FALSE(log->put(std::string(65, 'a'), "x"));
  EXPECT_EQ(log->get("ckpt-1", 10, 5).value(), "qqqqq");
  EXPECT_EQ(log->get("ckpt-1", 0, bytes.size()).value(), bytes);
  EXPECT_EQ(log->get("ckpt-1", bytes.size(), 1).error().code, Errc::kCorrupt);
  EXPECT_EQ(log->get("ckpt-2", 0, 1).error().code, Errc::kCorrupt);
  const auto listed = log->list();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front(), std::pair(std::string("ckpt-1"), std::uint64_t{bytes.size()}));
}

TEST_P(Conformance, PublishReplacesTheManifestAndWhatItDropsCanBeRemoved) {
  {
    TestLog log = open();
    ASSERT_TRUE(log->put("a", "1"));
    ASSERT_TRUE(log->put("b", "2"));
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(log.append({std::string(1000, 'x')}));
    const std::uint64_t number = log->manifest().number;
    ASSERT_TRUE(log->publish({.bytes = "engine", .log_start = Lsn{25}}));
    log->remove({"a"});
    EXPECT_GT(log->manifest().number, number);
    ASSERT_TRUE(log.append({"after"}));
    EXPECT_FALSE(log->publish({.bytes = "", .log_start = Lsn{33}}));
    ASSERT_TRUE(log->close());
  }
  TestLog log = open();
  EXPECT_EQ(log->manifest().bytes, "engine");
  EXPECT_EQ(log->manifest().log_start.value, 25U);
  EXPECT_EQ(log->list()->size(), 1U);
  ASSERT_FALSE(log.recovered.records.empty());
  EXPECT_LE(log.recovered.records.front().first, 25U);
  EXPECT_EQ(log.recovered.records.back(), std::pair(std::uint64_t{31}, std::string("after")));
}

TEST_P(Conformance, RoomIsKept) {
  TestLog log = open();
  for (const std::uint64_t payload : {100, 1000, 3000, 20'000, 10}) {
    const std::uint64_t group_bytes = payload + 136;
    ASSERT_TRUE(log->make_room(5 * group_bytes, group_bytes));
    ASSERT_GE(log->room(group_bytes), 5 * group_bytes);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log.append({std::string(payload, 'r')}));
  }
}

TEST_P(Conformance, AGroupLongerThanTheHintIsAccepted) {
  TestLog log = open();
  ASSERT_TRUE(log.append({std::string(100'000, 'l')}));
  ASSERT_TRUE(log.append({"next"}));
  ASSERT_TRUE(log->close());
  EXPECT_EQ(open().recovered.records.size(), 2U);
}

TEST_P(Conformance, AReaderReadsWhatItKnewOrSaysThatItChanged) {
  TestLog log = open();
  ASSERT_TRUE(log->put("obj", "bytes"));
  ASSERT_TRUE(log->publish({.bytes = "m", .log_start = Lsn{1}}));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(log.append({std::string(1000, 'x')}));
  const auto reader = storage_->read(name());
  ASSERT_TRUE(reader);
  ASSERT_TRUE(log->publish({.bytes = "later", .log_start = Lsn{25}}));
  log->remove({"obj"});
  ASSERT_TRUE(log.append({"after"}));
  EXPECT_EQ((*reader)->manifest().bytes, "m");
  const auto bytes = (*reader)->get("obj", 0, 5);
  EXPECT_EQ(bytes ? *bytes : "bytes", "bytes");
  if (!bytes) {
    EXPECT_EQ(bytes.error().code, Errc::kBusy);
  }
  const auto found = scan_all(**reader);
  if (found) {
    EXPECT_EQ(found->records.front().first, 1U);
  } else {
    EXPECT_EQ(found.error().code, Errc::kBusy);
  }
}

TEST_P(Conformance, AReaderSeesTheSameBesideAWriterAndAfter) {
  TestLog log = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log.append({"r" + std::to_string(i)}));
  ASSERT_TRUE(log->put("obj", "bytes"));
  ASSERT_TRUE(log->publish({.bytes = "m", .log_start = Lsn{1}}));
  for (const bool closed : {false, true}) {
    if (closed) {
      ASSERT_TRUE(log->close());
    }
    const auto reader = storage_->read(name());
    ASSERT_TRUE(reader) << to_string(reader.error());
    const auto found = scan_all(**reader);
    ASSERT_TRUE(found) << to_string(found.error());
    EXPECT_EQ(found->records.size(), 10U);
    EXPECT_EQ((*reader)->get("obj", 1, 3).value(), "yte");
    EXPECT_EQ((*reader)->manifest().bytes, "m");
    EXPECT_EQ((*reader)->log_id(), log->log_id());
    EXPECT_FALSE((*reader)->describe(found->locations.front()).file.empty());
  }
}

TEST_P(Conformance, ADestroyedWriterLeavesTheLogToTheNext) {
  {
    ASSERT_TRUE(open().append({"kept"}));
  }
  EXPECT_EQ(open().recovered.records.size(), 1U);
}

StorageKind simulated(const std::string& name, FileSystemStorageOptions options) {
  return {name, [options] {
            return make_file_storage(std::make_shared<SimulatedFileSystem>(), options);
          }};
}

StorageKind posix(const std::string& name, FileSystemStorageOptions options) {
  return {name, [options] { return std::make_shared<FileSystemStorage>(options); }};
}

INSTANTIATE_TEST_SUITE_P(
    Storages, Conformance,
    ::testing::Values(StorageKind{"memory", [] { return std::make_shared<MemoryStorage>(); }},
                      simulated("simulated", kSmall), simulated("simulated_aligned", kAligned),
                      posix("posix", kSmall), posix("posix_default", {})),
    [](const ::testing::TestParamInfo<StorageKind>& info) { return info.param.name; });

}  // namespace
}  // namespace seawall::storage::testing
