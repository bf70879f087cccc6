// Cuts the power, or the process, at every operation that changes the machine, in every way a cut
// can leave it; opens again; cuts that open too. Nothing acknowledged may be missing, nothing that
// was once cut off may come back, and no cut may look like damage.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/simulated_survivor.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};

constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};
constexpr FileSystemStorageOptions kAligned{
    .segment_bytes_min = 12288, .segment_bytes_max = 24576, .group_align_bytes = 4096};

/// What the caller of the storage knows.
struct Oracle {
  std::map<std::uint64_t, std::string> acknowledged;
  std::vector<std::pair<std::uint64_t, std::string>> in_flight;  ///< One group, not acknowledged.
  std::string manifest;                                          ///< Last published.
  std::optional<std::string> publishing;                         ///< Not acknowledged.
  std::map<std::string, std::string> objects;
  std::uint64_t payloads = 0;

  std::string next_payload(std::size_t bytes) {
    std::string payload = "p" + std::to_string(++payloads) + ":";
    payload.resize(std::max(bytes, payload.size()), static_cast<char>('a' + payloads % 26));
    return payload;
  }
};

bool append(TestLog& log, Oracle& oracle, std::vector<std::size_t> sizes) {
  std::vector<std::string> payloads;
  oracle.in_flight.clear();
  for (const std::size_t size : sizes) {
    payloads.push_back(oracle.next_payload(size));
    oracle.in_flight.emplace_back(log.end.next_lsn.value + payloads.size() - 1, payloads.back());
  }
  if (!log.append(payloads)) return false;
  for (auto& [lsn, payload] : oracle.in_flight) oracle.acknowledged[lsn] = std::move(payload);
  oracle.in_flight.clear();
  return true;
}

bool publish(TestLog& log, Oracle& oracle, std::uint64_t log_start, const std::string& bytes) {
  oracle.publishing = bytes;
  if (!log->publish({.bytes = bytes, .log_start = Lsn{log_start}})) return false;
  oracle.manifest = bytes;
  oracle.publishing.reset();
  return true;
}

/// Checks what an open recovered and makes it what the caller now knows.
void check_recovered(Oracle& oracle, TestLog& log) {
  const PublishedManifest manifest = log->manifest();
  if (oracle.publishing && manifest.bytes == *oracle.publishing) {
    oracle.manifest = *oracle.publishing;
  }
  ASSERT_EQ(manifest.bytes, oracle.manifest);
  oracle.publishing.reset();
  std::map<std::uint64_t, std::string> found;
  for (const auto& [lsn, payload] : log.recovered.records) found[lsn] = payload;
  for (const auto& [lsn, payload] : oracle.acknowledged) {
    if (lsn < manifest.log_start.value) continue;
    ASSERT_TRUE(found.contains(lsn)) << "lost LSN " << lsn;
    ASSERT_EQ(found[lsn], payload) << "LSN " << lsn;
  }
  std::vector<std::pair<std::uint64_t, std::string>> extra;
  for (const auto& [lsn, payload] : found) {
    if (!oracle.acknowledged.contains(lsn)) extra.emplace_back(lsn, payload);
  }
  if (!extra.empty()) {
    ASSERT_EQ(extra, oracle.in_flight) << "a group came back or came in part";
  }
  for (const auto& [lsn, payload] : extra) oracle.acknowledged[lsn] = payload;
  oracle.in_flight.clear();
  for (const auto& [name, bytes] : oracle.objects) {
    ASSERT_EQ(log->get(name, 0, bytes.size()).value_or("missing"), bytes);
  }
}

/// A life of the log; returns early when an operation fails, as a dying process does.
using Life = std::function<void(StorageInterface&, Oracle&)>;

void first_life(StorageInterface& storage, Oracle& oracle) {
  auto log = TestLog::open(storage, kName);
  if (!log) return;
  check_recovered(oracle, *log);
  std::uint64_t now = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    if (!append(*log, oracle, {300 + 450 * (i % 4), 10 * i})) return;
    if (!(*log)->maintain(now += 60'000)) return;
  }
  if (!(*log)->put("obj-1", "object bytes")) return;
  oracle.objects["obj-1"] = "object bytes";
  if (!publish(*log, oracle, log->end.next_lsn.value - 2, "m1")) return;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!append(*log, oracle, {1500})) return;
    if (!(*log)->maintain(now += 200'000)) return;
  }
  if (!publish(*log, oracle, log->end.next_lsn.value, "m2")) return;
  if (!(*log)->maintain(now += 200'000)) return;
  if (!append(*log, oracle, {20})) return;
  if (!(*log)->close()) return;
}

void later_life(StorageInterface& storage, Oracle& oracle) {
  auto log = TestLog::open(storage, kName);
  if (!log) return;
  check_recovered(oracle, *log);
  if (!append(*log, oracle, {700})) return;
  if (!append(*log, oracle, {3000})) return;
  static_cast<void>((*log)->maintain(1));
}

/// Opens, checks, appends and opens again; every step must succeed.
void must_go_on(const std::shared_ptr<SimulatedFileSystem>& machine,
                const FileSystemStorageOptions& options, Oracle oracle) {
  const auto storage = make_file_storage(machine, options);
  const auto reader = storage->read(kName);
  if (reader) {
    const auto seen = scan_all(**reader);
    ASSERT_TRUE(seen) << to_string(seen.error());
  } else {
    ASSERT_EQ(reader.error().code, Errc::kNotFound) << to_string(reader.error());
  }
  // First opened and left alone, since the next append may cover what came back to life.
  for (int round = 0; round < 3; ++round) {
    auto log = TestLog::open(*storage, kName);
    ASSERT_TRUE(log) << to_string(log.error());
    ASSERT_NO_FATAL_FAILURE(check_recovered(oracle, *log));
    if (round == 0) continue;
    ASSERT_TRUE(append(*log, oracle, {40}));
    ASSERT_TRUE((*log)->close());
  }
}

struct Crash {
  std::shared_ptr<SimulatedFileSystem> machine;
  Oracle oracle;
};

/// Runs `life` on copies of `before`, cut at every mutation; hands each machine, still off, over.
void at_every_cut(const Crash& before, const FileSystemStorageOptions& options, const Life& life,
                  const std::function<void(const Crash&)>& visit) {
  for (std::uint64_t cut = 1;; ++cut) {
    Crash crash{before.machine->fork(), before.oracle};
    crash.machine->cut_at_mutation(cut);
    life(*make_file_storage(crash.machine, options), crash.oracle);
    if (::testing::Test::HasFatalFailure()) return;
    const bool off = crash.machine->is_off();
    visit(crash);
    if (::testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << "cut at mutation " << cut;
      return;
    }
    if (!off) return;
  }
}

/// The ways a machine can come back from a power cut.
void in_every_way(const Crash& crash, bool tears_pages, int seeds,
                  const std::function<void(const Crash&)>& visit) {
  for (const Survivor how : kAllSurvivors) {
    if (how == Survivor::kTornPages && !tears_pages) continue;
    for (int seed = 1; seed <= seeds; ++seed) {
      Crash back{crash.machine->fork(), crash.oracle};
      back.machine->power_cut(how, static_cast<std::uint64_t>(seed));
      visit(back);
      if (::testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "survivor " << static_cast<int>(how) << " seed " << seed;
        return;
      }
    }
  }
}

void explore(const FileSystemStorageOptions& options, bool tears_pages) {
  const Crash blank{std::make_shared<SimulatedFileSystem>(7), {}};
  at_every_cut(blank, options, first_life, [&](const Crash& crash) {
    in_every_way(crash, tears_pages, 2, [&](const Crash& back) {
      must_go_on(back.machine->fork(), options, back.oracle);
    });
  });
}

TEST(FileCrash, ALifeCutAnywhereGoesOn) {
  explore(kSmall, false);
}

TEST(FileCrash, WithAlignedGroupsEvenTornPagesDoNoHarm) {
  explore(kAligned, true);
}

/// A log that has seen trimming, recycling and a clean end.
Crash lived_in(const FileSystemStorageOptions& options) {
  Crash crash{std::make_shared<SimulatedFileSystem>(11), {}};
  first_life(*make_file_storage(crash.machine, options), crash.oracle);
  return crash;
}

/// Every how manieth first crash is followed by second ones; all with SEAWALL_TEST_LONG.
std::uint64_t stride() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): tests run one thread here
  return std::getenv("SEAWALL_TEST_LONG") != nullptr ? 1 : 23;
}

void cut_twice(const Crash& first, const FileSystemStorageOptions& options, bool tears_pages) {
  at_every_cut(first, options, later_life, [&](const Crash& second) {
    in_every_way(second, tears_pages, 1,
                 [&](const Crash& again) { must_go_on(again.machine, options, again.oracle); });
  });
}

// The second crash: an open that was cut leaves the old view or the new one, for whatever the first
// cut had left.
TEST(FileCrash, AnOpenCutAnywhereGoesOn) {
  for (const auto& [options, tears] : {std::pair(kSmall, false), std::pair(kAligned, true)}) {
    std::uint64_t count = 0;
    at_every_cut(lived_in(options), options, later_life, [&](const Crash& first) {
      in_every_way(first, tears, 1, [&](const Crash& back) {
        if (++count % stride() == 0) cut_twice(back, options, tears);
      });
    });
  }
}

// A killed process leaves what it wrote in the page cache only; what the next open reads there must
// not be believed durable, whenever the power goes.
TEST(FileCrash, AKilledProcessThenAPowerCutAnywhere) {
  const Crash before = lived_in(kSmall);
  for (std::uint64_t at = 1;; at += stride()) {
    Crash killed{before.machine->fork(), before.oracle};
    const std::uint64_t start = killed.machine->operations();
    killed.machine->read_only_from(at);
    later_life(*make_file_storage(killed.machine, kSmall), killed.oracle);
    const bool whole = killed.machine->operations() - start < at;
    killed.machine->clear_faults();
    killed.machine->kill_process();
    ASSERT_NO_FATAL_FAILURE(cut_twice(killed, kSmall, false)) << "killed at operation " << at;
    if (whole) break;
  }
}

struct CutOff {
  std::uint64_t spares = 0;
  std::size_t group_bytes = 0;
};

/// A log whose last group is in the page cache only, with spare segments ready.
void leave_unproven(Crash& crash, const CutOff& variant) {
  auto log = TestLog::open(*make_file_storage(crash.machine, kSmall), kName);
  ASSERT_TRUE(log);
  ASSERT_NO_FATAL_FAILURE(check_recovered(crash.oracle, *log));
  ASSERT_TRUE(append(*log, crash.oracle, {100}));
  ASSERT_TRUE((*log)->maintain(1));
  if (variant.spares > 1) {
    ASSERT_TRUE((*log)->make_room((*log)->room(4096) + 1, 4096));
  }
  ASSERT_EQ((*log)->stats().spare_segments, variant.spares);
  crash.machine->fail_at(SimulatedOperation::kSyncData, 1, EIO);
  ASSERT_FALSE(append(*log, crash.oracle, {variant.group_bytes}));
}

// The open that copies the last group is cut, so that the copy may be on disk and the original
// lost, or the copy's start without the copy. Whatever the next open decides about the group stays
// decided. Where the group itself began a spare, the open after the cut one may begin that spare
// again, and the copy lies in another that is listed.
TEST(FileCrash, AGroupThatWasCutOffNeverComesBack) {
  const Life open_only = [](StorageInterface& storage, Oracle& oracle) {
    auto log = TestLog::open(storage, kName);
    if (log) check_recovered(oracle, *log);
  };
  for (const CutOff& variant :
       {CutOff{.spares = 1, .group_bytes = 1500}, CutOff{.spares = 2, .group_bytes = 3900}}) {
    Crash crash = lived_in(kSmall);
    ASSERT_NO_FATAL_FAILURE(leave_unproven(crash, variant));
    crash.machine->kill_process();
    std::uint64_t count = 0;
    at_every_cut(crash, kSmall, open_only, [&](const Crash& first) {
      in_every_way(first, false, 8, [&](const Crash& back) {
        must_go_on(back.machine->fork(), kSmall, back.oracle);
        if (++count % stride() != 0) return;
        at_every_cut(back, kSmall, open_only, [&](const Crash& second) {
          in_every_way(second, false, 1, [&](const Crash& again) {
            must_go_on(again.machine, kSmall, again.oracle);
          });
        });
      });
    });
  }
}

// A process kill keeps the page cache, which lies after a failed flush: whatever recovery reads
// must be made durable again before it is acknowledged.
TEST(FileCrash, AFailedFlushPoisonsAndTheNextOpenMakesItsReadingsDurable) {
  const auto machine = std::make_shared<SimulatedFileSystem>(3);
  const auto storage = make_file_storage(machine, kSmall);
  Oracle oracle;
  {
    auto log = TestLog::open(*storage, kName);
    ASSERT_TRUE(log);
    ASSERT_TRUE(append(*log, oracle, {100}));
    machine->fail_at(SimulatedOperation::kSyncData, 1, 5);
    ASSERT_FALSE(append(*log, oracle, {200}));
    for (int i = 0; i < 2; ++i) {
      const auto refused = (*log)->append(log->make_group({"again"}));
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Errc::kPoisoned);
    }
    const std::uint64_t mutations = machine->mutations();
    EXPECT_EQ((*log)->put("o", "x").error().code, Errc::kPoisoned);
    EXPECT_EQ((*log)->maintain(1).error().code, Errc::kPoisoned);
    EXPECT_EQ((*log)->make_room(100'000, 10).error().code, Errc::kPoisoned);
    EXPECT_EQ((*log)->publish({.bytes = "", .log_start = Lsn{1}}).error().code, Errc::kPoisoned);
    ASSERT_TRUE((*log)->close());
    EXPECT_EQ(machine->mutations(), mutations) << machine->operation_log();
  }
  machine->kill_process();
  {
    auto log = TestLog::open(*storage, kName);
    ASSERT_TRUE(log) << to_string(log.error());
    ASSERT_NO_FATAL_FAILURE(check_recovered(oracle, *log));
    ASSERT_EQ(oracle.acknowledged.size(), 2U) << "the cache still had it";
  }
  machine->power_cut(Survivor::kNothing);
  must_go_on(machine, kSmall, oracle);
}

}  // namespace
}  // namespace seawall::storage::testing
