// One group: one write, one flush, one mark.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/damage.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/mark.h"
#include "storage/file/room.h"
#include "storage/file/segment.h"

namespace seawall::storage {

namespace {

/// Tries of a write that ran short, beside the first. With pauses of 1, 4, 16 and 64 ms they
/// outlast a moment without memory; callers wait meanwhile.
constexpr int kTries = 4;
constexpr std::uint64_t kFirstPauseUs = 1'000;
constexpr std::uint64_t kPauseGrowth = 4;

}  // namespace

Result<Location> FileVolume::append(std::string_view group) {
  const std::shared_lock writing(writing_);
  if (Result<void> sound = poison_.check(); !sound)
    return std::unexpected(std::move(sound.error()));
  Result<format::GroupHeader> header = check_group(group);
  if (!header) return std::unexpected(std::move(header.error()));
  std::optional<Target> target = take_target(*header);
  if (!target) {
    Result<Target> prepared = take_prepared_target(*header);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    target = std::move(*prepared);
  }
  if (Result<void> written = write_group(*target, *header, group); !written) {
    return std::unexpected(poisoned_by(std::move(written.error())));
  }
  return make_location(target->info.number, target->offset);
}

// A group out of order would be cut off as a torn tail by the next open; refuse it while nothing is
// written.
Result<format::GroupHeader> FileVolume::check_group(std::string_view group) const {
  const auto header = format::decode_group_header(group);
  if (!header || header->group_bytes() != group.size()) {
    return std::unexpected(invalid_argument("append was not given a sealed group"));
  }
  const std::lock_guard lock(mutex_);
  if (!started_ || header->log_id != log_id_ || header->epoch != epoch_ ||
      header->group_number != chain_.next_group || header->first_lsn != chain_.next_lsn ||
      header->previous_checksum != chain_.checksum) {
    return std::unexpected(
        invalid_argument("the group does not continue the log, or the volume is not started"));
  }
  return *header;
}

// A limit on file sizes may be lowered while the log is open, below the size of files it has. A
// write behind it would fail half done.
std::uint64_t FileVolume::writable_bytes() const {
  const std::uint64_t limit_bytes = directory_->file_bytes_max();
  return limit_bytes < kMarkFileBytes ? 0 : limit_bytes;
}

std::uint64_t FileVolume::active_room_locked(std::uint64_t writable_bytes) const {
  const std::uint64_t end = std::min(active_.info.bytes, writable_bytes);
  return active_.offset < end ? end - active_.offset : 0;
}

// A spare becomes a member of the log in the same breath as it stops being a spare, so that no
// manifest written meanwhile can miss it.
std::optional<FileVolume::Target> FileVolume::take_target(const format::GroupHeader& header) {
  const std::uint64_t writable = writable_bytes();
  const std::lock_guard lock(mutex_);
  if (active_.info.aligned(header.group_bytes()) <= active_room_locked(writable)) return active_;
  while (!spares_.empty()) {
    Spare spare = std::move(spares_.front());
    spares_.pop_front();
    if (spare.info.capacity_within(writable) < spare.info.aligned(header.group_bytes())) {
      skipped_.push_back(spare.info);
      continue;
    }
    members_.push_back({.segment = {.info = spare.info,
                                    .first_group = header.group_number,
                                    .first_lsn = header.first_lsn},
                        .durable = false});
    return Target{.file = std::move(spare.file),
                  .info = spare.info,
                  .offset = spare.info.groups_offset(),
                  .starts_segment = true};
  }
  return std::nullopt;
}

Result<FileVolume::Target> FileVolume::take_prepared_target(const format::GroupHeader& header) {
  const std::lock_guard chores(chores_mutex_);
  if (Result<void> prepared =
          prepare_spare(round_up(header.group_bytes(), options_.group_align_bytes));
      !prepared) {
    return std::unexpected(std::move(prepared.error()));
  }
  std::optional<Target> target = take_target(header);
  if (!target) return std::unexpected(invalid_argument("the group is longer than a segment"));
  return std::move(*target);
}

StartBlock FileVolume::start_block(const Target& target) const {
  StartBlock start;
  start.segment_number = target.info.number;
  start.epoch = epoch_;
  start.first_group = chain_.next_group;
  start.first_lsn = chain_.next_lsn;
  start.previous_checksum = chain_.checksum;
  start.previous_retention_us = chain_.time.retention_us;
  start.copied_end = chain_.next_lsn;
  return start;
}

Result<void> FileVolume::write_group(const Target& target, const format::GroupHeader& header,
                                     std::string_view group) {
  Result<void> written;
  if (target.starts_segment) {
    std::string bytes = encode_start(log_id_, start_block(target));
    bytes.append(group);
    written = write_unflushed(*target.file, target.info.start_offset(), bytes);
  } else {
    written = write_unflushed(*target.file, target.offset, group);
  }
  if (!written) return written;
  if (Result<void> synced = target.file->sync_data(); !synced) return synced;
  note_appended(target, header);
  written_bytes_ += group.size() + kMarkSlotBytes;
  return write_mark();
}

// Until the first flush nothing depends on what a failed write left behind, and the same bytes at
// the same place make it whole. So a lack of memory is waited for, and a lack of space (a file
// system that copies on write needs some even to overwrite) costs the reserve. Anything else, and
// whatever goes wrong from the flush on, is unknown and poisons.
template <class Attempt>
Result<void> FileVolume::insist(Attempt attempt) {
  std::uint64_t pause_us = kFirstPauseUs;
  for (int tries = 0;; ++tries) {
    Result<void> written = attempt();
    if (written || tries == kTries) return written;
    const Errc code = written.error().code;
    if (code == Errc::kNoSpace && give_up_reserve()) continue;
    if (code != Errc::kExhausted) return written;
    file_system_->sleep_us(pause_us);
    pause_us *= kPauseGrowth;
  }
}

Result<void> FileVolume::write_unflushed(File& file, std::uint64_t offset, std::string_view bytes) {
  return insist([&] { return file.write_at(offset, bytes); });
}

Result<void> FileVolume::write_mark() {
  return insist([&] { return mark_->write(current_mark()); });
}

void FileVolume::note_appended(const Target& target, const format::GroupHeader& header) {
  const std::lock_guard lock(mutex_);
  members_.back().durable = true;
  active_ = target;
  active_.starts_segment = false;
  active_.offset += target.info.aligned(header.group_bytes());
  chain_ = {.next_group = header.group_number + 1,
            .next_lsn = header.end_lsn(),
            .checksum = header.checksum,
            .time = header.time,
            .epoch = header.epoch};
  ++appends_;
  appended_bytes_ += header.group_bytes();
}

Mark FileVolume::current_mark() const {
  const std::lock_guard lock(mutex_);
  Mark mark;
  mark.log_id = log_id_;
  mark.epoch = epoch_;
  mark.durable = Lsn{chain_.next_lsn.value - 1};
  mark.group_number = chain_.next_group - 1;
  mark.segment_number = active_.info.number;
  mark.end_offset = active_.offset;
  mark.manifest_number = manifest_.number;
  return mark;
}

std::uint64_t FileVolume::group_bytes_hint() const {
  // Below this the rest of a segment is not worth a group of its own.
  constexpr std::uint64_t kWorthwhileBytes = 4096;
  const std::uint64_t writable = writable_bytes();
  const std::lock_guard lock(mutex_);
  const std::uint64_t rest = active_room_locked(writable);
  if (rest >= std::min(kWorthwhileBytes, active_.info.capacity() / 4)) return rest;
  if (!spares_.empty()) return spares_.front().info.capacity_within(writable);
  return SegmentInfo{
      .number = 0, .bytes = options_.segment_bytes_min, .align_bytes = options_.group_align_bytes}
      .capacity_within(writable);
}

std::uint64_t FileVolume::room(std::uint64_t group_bytes_max) const {
  if (!started_ || !poison_.check()) return 0;
  std::vector<std::uint64_t> capacities;
  std::uint32_t align_bytes = 0;
  const std::uint64_t writable = writable_bytes();
  {
    const std::lock_guard lock(mutex_);
    capacities.push_back(active_room_locked(writable));
    align_bytes = active_.info.align_bytes;
    for (const Spare& spare : spares_) {
      capacities.push_back(spare.info.capacity_within(writable));
      align_bytes = std::max(align_bytes, spare.info.align_bytes);
    }
  }
  return sure_room(capacities, group_bytes_max, align_bytes);
}

}  // namespace seawall::storage
