#include "storage/memory/memory_volume.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"

namespace seawall::storage {
namespace {

Error failure(Errc code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

bool is_object_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// Walks the groups there were when it was made.
class MemoryScan final : public GroupScan {
 public:
  MemoryScan(std::vector<MemoryGroup> groups, const ChainEnd& end)
      : groups_(std::move(groups)), end_(end) {}

  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override {
    if (next_ == groups_.size()) return std::nullopt;
    const MemoryGroup& group = groups_[next_++];
    return ScannedGroup{.location = Location{group.number}, .bytes = *group.bytes};
  }
  [[nodiscard]] ChainEnd chain_end() const override { return end_; }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return 0; }

 private:
  std::vector<MemoryGroup> groups_;
  ChainEnd end_;
  std::size_t next_ = 0;
};

}  // namespace

std::shared_ptr<MemoryLog> MemoryLog::snapshot() {
  auto copy = std::make_shared<MemoryLog>();
  const std::lock_guard lock(mutex);
  copy->log_id = log_id;
  copy->epoch = epoch;
  copy->has_writer = has_writer;
  copy->completed = completed;
  copy->manifest = manifest;
  copy->groups = groups;
  copy->end = end;
  copy->objects = objects;
  copy->appended_bytes = appended_bytes;
  copy->appends = appends;
  return copy;
}

MemoryVolume::~MemoryVolume() {
  release();
}

PublishedManifest MemoryVolume::manifest() const {
  const std::lock_guard lock(log_->mutex);
  return log_->manifest;
}

Result<std::unique_ptr<GroupScan>> MemoryVolume::scan() {
  const std::lock_guard lock(log_->mutex);
  return std::make_unique<MemoryScan>(log_->groups, log_->end);
}

Result<std::string> MemoryVolume::get(std::string_view name, std::uint64_t offset,
                                      std::uint64_t length) {
  const std::lock_guard lock(log_->mutex);
  const auto found = log_->objects.find(name);
  if (found == log_->objects.end()) {
    return std::unexpected(failure(Errc::kCorrupt, "the object is missing"));
  }
  const std::string& bytes = *found->second;
  if (offset > bytes.size() || length > bytes.size() - offset) {
    return std::unexpected(failure(Errc::kCorrupt, "the object is shorter than its index says"));
  }
  return bytes.substr(offset, length);
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> MemoryVolume::list() {
  const std::lock_guard lock(log_->mutex);
  std::vector<std::pair<std::string, std::uint64_t>> objects;
  for (const auto& [name, bytes] : log_->objects) objects.emplace_back(name, bytes->size());
  return objects;
}

Place MemoryVolume::describe(Location location) const {
  return {.file = "group " + std::to_string(location.value), .offset = 0};
}

VolumeStats MemoryVolume::stats() const {
  const std::lock_guard lock(log_->mutex);
  VolumeStats stats;
  stats.segments = 1;
  for (const MemoryGroup& group : log_->groups) stats.log_bytes += group.bytes->size();
  for (const auto& [name, bytes] : log_->objects) stats.object_bytes += bytes->size();
  stats.appended_bytes = log_->appended_bytes;
  stats.written_bytes = log_->appended_bytes;
  stats.flushes = log_->appends;
  stats.durable_mark = Lsn{log_->end.next_lsn.value - 1};
  return stats;
}

Result<void> MemoryVolume::start(const ChainEnd& end) {
  const std::lock_guard lock(log_->mutex);
  if (end.next_group != log_->end.next_group || end.next_lsn != log_->end.next_lsn) {
    return std::unexpected(
        failure(Errc::kInvalidArgument, "start was not given the end the scan found"));
  }
  ++log_->manifest.number;
  log_->completed = true;
  started_ = true;
  return {};
}

Result<Location> MemoryVolume::append(std::string_view group) {
  const auto header = format::decode_group_header(group);
  const std::lock_guard lock(log_->mutex);
  if (!started_ || !header || header->group_bytes() != group.size() ||
      header->log_id != log_->log_id || header->epoch != epoch_ ||
      header->group_number != log_->end.next_group || header->first_lsn != log_->end.next_lsn ||
      header->previous_checksum != log_->end.checksum) {
    return std::unexpected(failure(Errc::kInvalidArgument,
                                   "the group does not continue the log, or it is not started"));
  }
  log_->groups.push_back({.number = header->group_number,
                          .end_lsn = header->end_lsn(),
                          .bytes = std::make_shared<const std::string>(group)});
  log_->end = {.next_group = header->group_number + 1,
               .next_lsn = header->end_lsn(),
               .checksum = header->checksum,
               .time = header->time,
               .epoch = header->epoch};
  log_->appended_bytes += group.size();
  ++log_->appends;
  return Location{header->group_number};
}

std::uint64_t MemoryVolume::group_bytes_hint() const {
  return format::kGroupBytesTarget;
}

std::uint64_t MemoryVolume::room(std::uint64_t /*group_bytes_max*/) const {
  return std::numeric_limits<std::uint64_t>::max() / 2;
}

Result<void> MemoryVolume::make_room(std::uint64_t /*bytes*/, std::uint64_t /*group_bytes_max*/) {
  return {};
}

Result<void> MemoryVolume::put(std::string_view name, std::string_view bytes) {
  constexpr std::size_t kNameBytes = 64;
  if (name.empty() || name.size() > kNameBytes || !std::ranges::all_of(name, is_object_character)) {
    return std::unexpected(
        failure(Errc::kInvalidArgument, "an object's name is [a-z0-9-], 1 to 64 bytes"));
  }
  const std::lock_guard lock(log_->mutex);
  if (!log_->objects.emplace(name, std::make_shared<const std::string>(bytes)).second) {
    return std::unexpected(failure(Errc::kInvalidArgument, "the object exists"));
  }
  return {};
}

Result<void> MemoryVolume::publish(const ManifestUpdate& update) {
  const std::lock_guard lock(log_->mutex);
  if (!started_ || update.log_start > log_->end.next_lsn) {
    return std::unexpected(failure(Errc::kInvalidArgument,
                                   "the log cannot start behind its end, or it is not started"));
  }
  PublishedManifest& manifest = log_->manifest;
  manifest.bytes = update.bytes;
  manifest.number += 1;
  manifest.log_start = std::max(manifest.log_start, update.log_start);
  std::erase_if(log_->groups,
                [&](const MemoryGroup& group) { return group.end_lsn <= manifest.log_start; });
  return {};
}

void MemoryVolume::remove(const std::vector<std::string>& names) {
  const std::lock_guard lock(log_->mutex);
  for (const std::string& name : names) log_->objects.erase(name);
}

Result<void> MemoryVolume::close() {
  release();
  return {};
}

void MemoryVolume::release() {
  if (released_ || epoch_ == Epoch{}) return;
  const std::lock_guard lock(log_->mutex);
  log_->has_writer = false;
  released_ = true;
  started_ = false;
}

}  // namespace seawall::storage
