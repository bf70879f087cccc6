// One thread appends, one does chores and checkpoints, one reads, as the engine has them. Meant for
// the thread sanitizer, and for what only an interleaving shows.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "seawall/file_system_storage.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};
constexpr int kGroups = 2000;

// Chores and checkpoints of the whole durable log run while groups are in flight.
void work_beside(StorageVolume& volume, const std::atomic<bool>& done) {
  for (std::uint64_t round = 1; !done; ++round) {
    const Lsn durable = volume.stats().durable_mark;
    const std::string name = "obj-" + std::to_string(round);
    ASSERT_TRUE(volume.put(name, "x"));
    const auto published = volume.publish({.bytes = name, .log_start = Lsn{durable.value + 1}});
    ASSERT_TRUE(published) << to_string(published.error());
    volume.remove({name});
    ASSERT_TRUE(volume.maintain(round));
    ASSERT_GE(volume.room(64) + 1, 1U);
  }
}

void read_beside(StorageInterface& storage, const std::atomic<bool>& done) {
  while (!done) {
    const auto reader = storage.read(kName);
    if (!reader) {
      ASSERT_EQ(reader.error().code, Errc::kBusy) << to_string(reader.error());
      continue;
    }
    const auto seen = scan_all(**reader);
    if (!seen) {
      ASSERT_EQ(seen.error().code, Errc::kBusy) << to_string(seen.error());
    }
  }
}

TEST(FileConcurrency, AppendsChoresAndReadersGetAlong) {
  const auto storage = make_file_storage(std::make_shared<SimulatedFileSystem>(), kSmall);
  auto log = TestLog::open(*storage, kName);
  ASSERT_TRUE(log);
  std::atomic<bool> done = false;
  std::thread chores([&] { work_beside(log->volume(), done); });
  std::thread reader([&] { read_beside(*storage, done); });
  for (int i = 0; i < kGroups; ++i) {
    const auto location = log->append({std::string(static_cast<std::size_t>(i % 900), 'c')});
    EXPECT_TRUE(location) << to_string(location.error());
    if (!location) break;
  }
  done = true;
  chores.join();
  reader.join();
  const std::uint64_t end = log->end.next_lsn.value;
  ASSERT_TRUE((*log)->close());
  const auto again = TestLog::open(*storage, kName);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->end.next_lsn.value, end);
}

}  // namespace
}  // namespace seawall::storage::testing
