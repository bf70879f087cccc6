// What happens between a group's write and the end of its flush: a checkpoint may be published just
// then, and the power may go right after it.

#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "seawall/file_system_storage.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/hooked_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};

// The group in flight may be the first of its segment. Until that is durable the segment before it
// may not be dropped, however little of it the checkpoint still needs: it says where the log ends.
TEST(FileInFlight, ACheckpointDuringAFlushLeavesAWholeLog) {
  const auto machine = std::make_shared<SimulatedFileSystem>();
  const auto hooked = std::make_shared<HookedFileSystem>(machine);
  auto log = TestLog::open(*make_file_storage(hooked, kSmall), kName);
  ASSERT_TRUE(log);
  std::uint64_t checks = 0;
  bool busy = false;
  hooked->hooks().before_flush = [&] {
    if (busy) return;
    busy = true;
    const Lsn next = log->end.next_lsn;
    ASSERT_TRUE((*log)->publish({.bytes = "m", .log_start = next}));
    for (const Survivor how : kPowerSafeSurvivors) {
      const auto copy = machine->fork();
      copy->power_cut(how);
      const auto after = TestLog::open(*make_file_storage(copy, kSmall), kName);
      ASSERT_TRUE(after) << to_string(after.error());
      ASSERT_GE(after->end.next_lsn, next);
      ++checks;
    }
    busy = false;
  };
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log->append({std::string(900, 'f')}));
    busy = true;
    ASSERT_TRUE((*log)->maintain(1));
    busy = false;
  }
  EXPECT_GT(checks, 200U);
}

}  // namespace
}  // namespace seawall::storage::testing
