// Checkpoints whose every checksum holds and whose references lead where no round puts them: what
// reads them says so, whichever reads first.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "seawall/consumer_state_interpreter.h"
#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/repair.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "format/checkpoint.h"
#include "format/manifest.h"
#include "storage/file/file_storage.h"
#include "storage/file/simulated_file_system.h"

namespace seawall::engine {
namespace {

constexpr const char* kBase = "/base";
constexpr const char* kService = "log";
/// Of each whole body below: checksum, version, "{}" and its length, no deltas.
constexpr std::uint32_t kBodyBytes = 9;

const VolumeName kName{.base_dir = kBase, .service_name = kService};

/// Two objects that both speak of client `a`: in the first its base is where the test says, in the
/// second it is whole or has its base where the test says.
class HostileLog {
 public:
  HostileLog(format::BodyPlace first_base, std::optional<format::BodyPlace> second_base) {
    auto acquired = storage_->acquire(kName);
    EXPECT_TRUE(acquired);
    volume_ = std::move(*acquired);
    auto scan = volume_->scan();
    EXPECT_TRUE(scan);
    EXPECT_TRUE((*scan)->next().has_value());
    EXPECT_TRUE(volume_->start((*scan)->chain_end()));
    manifest_.interpreter_id = ConsumerStateInterpreter().id();
    manifest_.next_object = 3;
    put(1, first_base);
    put(2, second_base.value_or(format::BodyPlace{}));
    EXPECT_TRUE(volume_->publish({.bytes = format::encode_manifest(manifest_), .log_start = {}}));
    EXPECT_TRUE(volume_->close());
    volume_.reset();
  }

  [[nodiscard]] const std::shared_ptr<StorageInterface>& storage() const { return storage_; }

 private:
  void put(std::uint32_t number, format::BodyPlace base) {
    format::CheckpointBuilder builder(volume_->log_id(), number);
    format::CheckpointEntry entry;
    entry.client = "a";
    // No ids: no producers.
    entry.ids = std::string_view("\0", 1);
    entry.base = base;
    format::CheckpointBody body;
    body.base_version = base.object == 0 ? 1 : 0;
    if (base.object == 0) body.base = "{}";
    builder.add(entry, &body);
    format::CheckpointFooter footer;
    const std::string bytes = builder.finish(footer);
    ASSERT_TRUE(volume_->put(format::checkpoint_name(number), bytes));
    manifest_.objects.push_back(
        {.number = number, .bytes = bytes.size(), .footer_checksum = footer.checksum});
  }

  std::shared_ptr<StorageInterface> storage_ = storage::make_file_storage(
      std::make_shared<storage::SimulatedFileSystem>(), FileSystemStorageOptions{});
  std::unique_ptr<StorageVolume> volume_;
  format::Manifest manifest_;
};

/// Returns whether opening and reading the client says that it is damaged.
bool read_reports(const HostileLog& log) {
  const auto opened = WriteAheadLog::open(std::make_shared<ConsumerStateInterpreter>(),
                                          log.storage(), kService, kBase);
  if (!opened) return opened.error().code == Errc::kCorrupt;
  const auto state = (*opened)->retrieve("a");
  return !state && state.error().code == Errc::kCorrupt;
}

bool verify_reports(const HostileLog& log) {
  const auto report = LogReader::verify(log.storage(), kService, kBase);
  return report && !report->damage.empty() && report->damage.front().error.code == Errc::kCorrupt;
}

/// Returns whether a repair finds the client not to be whole.
bool repair_reports(const HostileLog& log) {
  const auto report = repair(log.storage(), kName, {.base_dir = kBase, .service_name = "repaired"});
  return report && report->is_lossy() && !report->damage.empty();
}

/// Returns whether the quarantine holds the client back, or everybody whom no sound object names.
bool quarantine_reports(const HostileLog& log) {
  Options options;
  options.damage_policy = DamagePolicy::kQuarantine;
  const auto opened = WriteAheadLog::open(std::make_shared<ConsumerStateInterpreter>(),
                                          log.storage(), kService, kBase, options);
  const auto held_back = [&](const char* client) {
    const auto state = (*opened)->retrieve(client);
    return !state && state.error().code == Errc::kCorrupt;
  };
  return opened && (held_back("a") || held_back("unknown"));
}

void expect_reported(format::BodyPlace first, std::optional<format::BodyPlace> second) {
  const HostileLog log(first, second);
  EXPECT_TRUE(verify_reports(log));
  EXPECT_TRUE(repair_reports(log));
  EXPECT_TRUE(read_reports(log));
  EXPECT_TRUE(quarantine_reports(log));
}

TEST(HostileCheckpoint, SoundReferencesAreTaken) {
  const HostileLog log({}, format::BodyPlace{1, 64, kBodyBytes});
  EXPECT_FALSE(verify_reports(log));
  EXPECT_FALSE(read_reports(log));
}

TEST(HostileCheckpoint, ABaseInALaterObjectIsRefused) {
  expect_reported({2, 64, kBodyBytes}, std::nullopt);
}

TEST(HostileCheckpoint, ABaseInTheSameObjectIsRefused) {
  expect_reported({1, 64, kBodyBytes}, std::nullopt);
  expect_reported({}, format::BodyPlace{2, 64, kBodyBytes});
}

TEST(HostileCheckpoint, ABaseInAnObjectThatIsNotThereIsReported) {
  expect_reported({}, format::BodyPlace{7, 64, kBodyBytes});
}

// Of two places of one object's bytes only one is a body, and `verify` reads what a read would.
TEST(HostileCheckpoint, ABaseThatIsNoBodyIsReported) {
  expect_reported({}, format::BodyPlace{1, 65, kBodyBytes});
  expect_reported({}, format::BodyPlace{1, 64, kBodyBytes - 1});
  expect_reported({}, format::BodyPlace{1, 1 << 30, kBodyBytes});
}

}  // namespace
}  // namespace seawall::engine
