#pragma once

/// \file
/// A log in memory: what storage_interface.h asks for and nothing more.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::storage {

/// One group and its number.
struct MemoryGroup {
  std::uint64_t number = 0;
  Lsn end_lsn;
  std::shared_ptr<const std::string> bytes;
};

/// What outlives a volume object: its writer's. A reader has a snapshot, which no writer changes.
struct MemoryLog {
  /// Returns the log as it is now.
  [[nodiscard]] std::shared_ptr<MemoryLog> snapshot();

  std::mutex mutex;
  LogId log_id{};
  Epoch epoch;
  bool has_writer = false;
  bool completed = false;  ///< A writer has started; before, readers find nothing.
  PublishedManifest manifest;
  std::vector<MemoryGroup> groups;
  ChainEnd end;
  std::map<std::string, std::shared_ptr<const std::string>, std::less<>> objects;
  std::uint64_t appended_bytes = 0;
  std::uint64_t appends = 0;
};

class MemoryVolume final : public StorageVolume {
 public:
  /// With an epoch, the writer; else a reader.
  MemoryVolume(std::shared_ptr<MemoryLog> log, Epoch epoch) : log_(std::move(log)), epoch_(epoch) {}
  ~MemoryVolume() override;
  MemoryVolume(const MemoryVolume&) = delete;
  MemoryVolume& operator=(const MemoryVolume&) = delete;

  [[nodiscard]] LogId log_id() const override { return log_->log_id; }
  [[nodiscard]] PublishedManifest manifest() const override;
  [[nodiscard]] Result<std::unique_ptr<GroupScan>> scan() override;
  [[nodiscard]] Result<std::string> get(std::string_view name, std::uint64_t offset,
                                        std::uint64_t length) override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() override;
  [[nodiscard]] Place describe(Location location) const override;
  [[nodiscard]] VolumeStats stats() const override;

  [[nodiscard]] Epoch epoch() const override { return epoch_; }
  [[nodiscard]] Result<void> start(const ChainEnd& end) override;
  [[nodiscard]] Result<Location> append(std::string_view group) override;
  [[nodiscard]] std::uint64_t group_bytes_hint() const override;
  [[nodiscard]] std::uint64_t room(std::uint64_t group_bytes_max) const override;
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes, std::uint64_t group_bytes_max) override;
  [[nodiscard]] Result<void> put(std::string_view name, std::string_view bytes) override;
  [[nodiscard]] Result<void> publish(const ManifestUpdate& update) override;
  void remove(const std::vector<std::string>& names) override;
  [[nodiscard]] bool wants_checkpoint() const override { return false; }
  [[nodiscard]] Result<void> maintain(std::uint64_t /*now_us*/) override { return {}; }
  [[nodiscard]] Result<void> health() const override { return {}; }
  [[nodiscard]] Result<void> close() override;

 private:
  void release();

  const std::shared_ptr<MemoryLog> log_;
  const Epoch epoch_;
  bool started_ = false;
  bool released_ = false;
};

}  // namespace seawall::storage
