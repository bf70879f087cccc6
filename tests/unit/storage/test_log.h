#pragma once

/// \file
/// A log on any storage, driven the way the engine drives it, without the engine.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"

namespace seawall::storage::testing {

/// Records with their LSNs, as a scan returned them.
struct Scanned {
  std::vector<std::pair<std::uint64_t, std::string>> records;
  std::vector<Location> locations;
  ChainEnd end;
  std::uint64_t torn_bytes = 0;
};

inline Result<Scanned> scan_all(VolumeReader& volume) {
  Scanned found;
  Result<std::unique_ptr<GroupScan>> scan = volume.scan();
  if (!scan) return std::unexpected(scan.error());
  for (;;) {
    Result<std::optional<ScannedGroup>> group = (*scan)->next();
    if (!group) return std::unexpected(group.error());
    if (!*group) break;
    const auto header = format::decode_group_header((*group)->bytes);
    if (!header) return std::unexpected(Error{.message = "the scan returned no group"});
    std::uint64_t lsn = header->first_lsn.value;
    const std::string_view frames =
        std::string_view((*group)->bytes).substr(format::kGroupHeaderBytes);
    for (format::FrameWalk walk(frames); !walk.done(); ++lsn) {
      found.records.emplace_back(lsn, walk.next());
    }
    found.locations.push_back((*group)->location);
  }
  found.end = (*scan)->chain_end();
  found.torn_bytes = (*scan)->torn_bytes();
  return found;
}

/// A volume that is scanned and started.
class TestLog {
 public:
  static Result<TestLog> open(StorageInterface& storage, const VolumeName& name) {
    Result<std::unique_ptr<StorageVolume>> volume = storage.acquire(name);
    if (!volume) return std::unexpected(volume.error());
    TestLog log;
    log.volume_ = std::move(*volume);
    Result<Scanned> found = scan_all(*log.volume_);
    if (!found) return std::unexpected(found.error());
    log.recovered = std::move(*found);
    log.end = log.recovered.end;
    if (Result<void> started = log.volume_->start(log.end); !started) {
      return std::unexpected(started.error());
    }
    return log;
  }

  /// Seals the next group without appending it.
  std::string make_group(const std::vector<std::string>& payloads) const {
    std::string group(format::kGroupHeaderBytes, '\0');
    for (const std::string& payload : payloads) format::put_frame(group, payload);
    format::GroupHeader header;
    header.log_id = volume_->log_id();
    header.epoch = volume_->epoch();
    header.group_number = end.next_group;
    header.first_lsn = end.next_lsn;
    header.durable = Lsn{end.next_lsn.value - 1};
    header.time = {
        .wall_us = end.time.wall_us + 1, .retention_us = end.time.retention_us + 1, .uptime_s = 1};
    header.previous_checksum = end.checksum;
    format::seal_group(header, group);
    return group;
  }

  Result<Location> append(const std::vector<std::string>& payloads) {
    const std::string group = make_group(payloads);
    Result<Location> location = volume_->append(group);
    if (!location) return location;
    const auto header = format::decode_group_header(group);
    end = {.next_group = header->group_number + 1,
           .next_lsn = header->end_lsn(),
           .checksum = header->checksum,
           .time = header->time,
           .epoch = header->epoch};
    return location;
  }

  StorageVolume& volume() { return *volume_; }
  StorageVolume* operator->() { return volume_.get(); }

  Scanned recovered;
  ChainEnd end;

 private:
  std::unique_ptr<StorageVolume> volume_;
};

}  // namespace seawall::storage::testing
