// The evidence behind the end of a log, and the words for damage.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/log_walk.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_evidence.h"
#include "storage/file/tail_decision.h"

namespace seawall::storage {

// Searches the rest of the newest segment and every prepared one after it: the start block of a
// segment with acknowledged groups may be what is damaged.
Result<void> LogWalk::look_behind(Later& later) {
  const std::uint64_t begin = std::max(offset_ + kGroupStep, zeros_end_ / kGroupStep * kGroupStep);
  if (Result<void> looked = look_into(current_, begin, later); !looked) {
    return looked;
  }
  for (std::size_t i = current_ + 1; i < segments_.size(); ++i) {
    if (Result<void> looked = look_into(i, segments_[i].info.groups_offset(), later); !looked)
      return looked;
  }
  return {};
}

Result<void> LogWalk::look_into(std::size_t index, std::uint64_t begin, Later& later) {
  const SegmentEvidence& segment = segments_[index];
  Result<std::unique_ptr<SegmentBytes>> opened = open_segment(directory_, segment.info);
  if (!opened) return std::unexpected(std::move(opened.error()));
  SegmentBytes& bytes = **opened;
  const auto found = [&](const format::GroupHeader& header, std::uint64_t /*offset*/) {
    learn(header);
    if (header.epoch > input_.manifest.epoch) later.newer_epoch = true;
    if (header.group_number >= end_.chain.next_group && later.segment == 0) {
      later.segment = segment.info.number;
    }
    if (header.group_number <= end_.chain.next_group) return true;
    later.group = true;
    if (later.first_lsn.value == 0) later.first_lsn = header.first_lsn;
    return true;
  };
  if (Result<void> searched = find_headers(bytes, begin, input_.manifest.log_id, found);
      !searched) {
    return searched;
  }
  if (index == current_ || !segment.start_bad) return {};
  return look_at_lost_start(bytes, segment, later);
}

// A segment that is begun has its first group at once. One that can be read in neither place may
// hold groups of which nothing else tells.
Result<void> LogWalk::look_at_lost_start(SegmentBytes& bytes, const SegmentEvidence& segment,
                                         Later& later) {
  const std::uint64_t offset = segment.info.groups_offset();
  Result<std::string_view> head = bytes.view(offset, format::kGroupHeaderBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  if (later.unreadable) return {};
  later.unreadable = bytes.unreadable(offset, format::kGroupHeaderBytes);
  if (later.unreadable && later.segment == 0) later.segment = segment.info.number;
  return {};
}

Result<TailBytes> LogWalk::zeros_or_bad() {
  Result<std::uint64_t> zeros = count_zeros(*bytes_, offset_);
  if (!zeros) return std::unexpected(std::move(zeros.error()));
  const std::uint64_t end = offset_ + *zeros;
  zeros_end_ = end;
  if (end >= bytes_->bytes()) return TailBytes::kNothing;
  if (*zeros < kGroupStep) return TailBytes::kBad;
  Result<std::string_view> head =
      bytes_->view(end / kGroupStep * kGroupStep, format::kGroupHeaderBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  const auto header = format::decode_group_header(*head);
  const bool stale = header && header->log_id == input_.manifest.log_id && is_past(*header);
  return stale ? TailBytes::kNothing : TailBytes::kBad;
}

Result<std::uint64_t> LogWalk::count_torn(const Position& position) {
  const std::uint64_t rest = current().info.bytes - offset_;
  if (position.bytes == TailBytes::kTornGroup) {
    return std::min(rest, current().info.aligned(position.header.group_bytes()));
  }
  std::uint64_t torn = 0;
  for (std::uint64_t at = offset_; at < current().info.bytes;) {
    Result<std::string_view> chunk = bytes_->view(at, kWindowBytes);
    if (!chunk) return std::unexpected(std::move(chunk.error()));
    if (chunk->empty()) break;
    const std::size_t last = chunk->find_last_not_of('\0');
    if (last != std::string_view::npos) torn = at + last + 1 - offset_;
    at += chunk->size();
  }
  return torn;
}

Result<Error> LogWalk::sealed_damage(const StartBlock& next) {
  Lsn end = next.first_lsn;
  bool goes_on_here = false;
  Result<std::unique_ptr<SegmentBytes>> bytes = open_segment(directory_, current().info);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  const auto found = [&](const format::GroupHeader& header, std::uint64_t /*offset*/) {
    const bool kept =
        header.group_number > end_.chain.next_group && header.group_number < next.first_group;
    if (kept) end = std::min(end, header.first_lsn);
    goes_on_here = goes_on_here || kept;
    return !kept;
  };
  if (Result<void> searched =
          find_headers(**bytes, offset_ + kGroupStep, input_.manifest.log_id, found);
      !searched) {
    return std::unexpected(std::move(searched.error()));
  }
  Result<TailBytes> here = zeros_or_bad();
  if (!here) return std::unexpected(std::move(here.error()));
  // A segment between that says of itself that it was never begun.
  if (*here == TailBytes::kNothing && !goes_on_here && current_ + 1 < *successor_) {
    const SegmentInfo& info = segments_[current_ + 1].info;
    return damage(segment_name(info.number), info.start_offset(), "the segment's start is missing",
                  end_.chain.next_lsn, end);
  }
  return damage(segment_name(current().info.number), offset_, "acknowledged records are damaged",
                end_.chain.next_lsn, end);
}

// The place stays that of the group that is lost; the bytes that are lost lie in it or behind.
Error LogWalk::unreadable_damage(Error damage, const Error& cause) {
  damage.os_errno = cause.os_errno;
  damage.message = "bytes at " + std::to_string(cause.offset) + " of " + cause.file +
                   " cannot be read; run verify, then repair or restore a copy";
  // What they held is not known: at least the next record is in doubt.
  damage.end_lsn = std::max(damage.end_lsn, damage.begin_lsn + 1);
  return damage;
}

bool LogWalk::start_missing() const {
  return current().start.epoch < input_.manifest.epoch && current_ + 1 < segments_.size();
}

Error LogWalk::tail_damage(const Later& later) const {
  if (later.newer_epoch) {
    return damage(manifest_name(input_.manifest.number), 0,
                  "a newer manifest of the log is missing");
  }
  const Lsn end = later.first_lsn.value != 0 ? later.first_lsn : proven_end_;
  if (start_missing()) {
    const SegmentInfo& info = segments_[current_ + 1].info;
    // What it held is not known: at least the next record is in doubt.
    return damage(segment_name(info.number), info.start_offset(),
                  "the start of the newest segment is missing", end_.chain.next_lsn,
                  std::max(end, Lsn{end_.chain.next_lsn.value + 1}));
  }
  // Where the evidence lies in a later segment, it is that segment's start that does not hold.
  std::uint64_t segment = later.segment;
  if (segment == 0 && input_.mark && input_.mark->segment_number > current().info.number &&
      input_.mark->durable >= end_.chain.next_lsn) {
    segment = input_.mark->segment_number;
  }
  // No group fits behind here: the next one is in the next segment.
  const bool is_full = offset_ + format::kGroupHeaderBytes >= current().info.bytes;
  if (segment == 0 && is_full && current_ + 1 < segments_.size()) {
    segment = segments_[current_ + 1].info.number;
  }
  if (segment > current().info.number) {
    const SegmentInfo info{
        .number = segment, .bytes = 0, .align_bytes = current().info.align_bytes};
    return damage(segment_name(segment), info.start_offset(), "acknowledged records are damaged",
                  end_.chain.next_lsn, std::max(end, proven_end_));
  }
  return damage(segment_name(current().info.number), offset_, "acknowledged records are damaged",
                end_.chain.next_lsn, end);
}

}  // namespace seawall::storage
