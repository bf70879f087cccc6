#include "storage/file/log_walk.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
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
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_evidence.h"
#include "storage/file/tail_decision.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

constexpr std::size_t kGroupLogIdAt = 32;
constexpr std::size_t kGroupVersionAt = 8;

Lsn after(Lsn lsn) {
  return Lsn{lsn.value + 1};
}

}  // namespace

Result<std::unique_ptr<LogWalk>> LogWalk::open(Directory& directory, WalkInput input,
                                               WalkEndSink sink) {
  Result<std::vector<SegmentEvidence>> segments = examine_segments(directory, input.manifest);
  if (!segments) return std::unexpected(std::move(segments.error()));
  std::unique_ptr<LogWalk> walk(
      new LogWalk(directory, std::move(input), std::move(*segments), std::move(sink)));
  if (Result<void> begun = walk->begin(); !begun) return std::unexpected(std::move(begun.error()));
  return walk;
}

LogWalk::LogWalk(Directory& directory, WalkInput input, std::vector<SegmentEvidence> segments,
                 WalkEndSink sink)
    : directory_(directory),
      input_(std::move(input)),
      segments_(std::move(segments)),
      sink_(std::move(sink)) {}

Result<void> LogWalk::begin() {
  proven_end_ = std::max(input_.manifest.log_start, after(input_.manifest.durable));
  if (input_.mark) proven_end_ = std::max(proven_end_, after(input_.mark->durable));
  for (const SegmentEvidence& segment : segments_) {
    if (segment.start_abandoned) end_.abandoned_starts.push_back(segment.info.number);
    if (!segment.started) continue;
    proven_end_ = std::max({proven_end_, segment.start.first_lsn, segment.start.copied_end});
    end_.segments.push_back({.info = segment.info,
                             .first_group = segment.start.first_group,
                             .first_lsn = segment.start.first_lsn});
  }
  const std::optional<std::size_t> first = next_started(0);
  if (!first) {
    if (input_.manifest.epoch == Epoch{}) return {};
    // The first start made a segment durable before it raised the epoch.
    const std::string file = segments_.empty() ? manifest_name(input_.manifest.number)
                                               : segment_name(segments_.front().info.number);
    return std::unexpected(
        damage(file, segments_.empty() ? 0 : segments_.front().info.start_offset(),
               "no segment's start block is sound", input_.manifest.log_start, proven_end_));
  }
  const StartBlock& start = segments_[*first].start;
  if (start.first_lsn > input_.manifest.log_start) {
    const std::size_t lost = *first > 0 ? *first - 1 : *first;
    return std::unexpected(
        damage(segment_name(segments_[lost].info.number), segments_[lost].info.start_offset(),
               "the log's oldest records are missing", input_.manifest.log_start, start.first_lsn));
  }
  end_.chain = {.next_group = start.first_group,
                .next_lsn = start.first_lsn,
                .checksum = start.previous_checksum,
                .time = {.retention_us = start.previous_retention_us},
                .epoch = Epoch{}};
  return enter(*first);
}

std::optional<std::size_t> LogWalk::next_started(std::size_t from) const {
  for (std::size_t i = from; i < segments_.size(); ++i) {
    if (segments_[i].started) return i;
  }
  return std::nullopt;
}

Result<void> LogWalk::enter(std::size_t index) {
  Result<std::unique_ptr<SegmentBytes>> bytes = open_segment(directory_, segments_[index].info);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  bytes_ = std::move(*bytes);
  current_ = index;
  offset_ = current().info.groups_offset();
  successor_ = next_started(index + 1);
  zeros_end_ = 0;
  return {};
}

Result<bool> LogWalk::cross_to_next_segment() {
  if (!successor_) return false;
  const StartBlock& start = segments_[*successor_].start;
  if (start.first_group > end_.chain.next_group) return false;
  if (start.first_group != end_.chain.next_group || start.first_lsn != end_.chain.next_lsn ||
      start.previous_checksum != end_.chain.checksum) {
    return std::unexpected(damage(segment_name(segments_[*successor_].info.number),
                                  segments_[*successor_].info.start_offset(),
                                  "the segment does not continue the one before it",
                                  end_.chain.next_lsn, start.first_lsn));
  }
  if (Result<void> entered = enter(*successor_); !entered) {
    return std::unexpected(std::move(entered.error()));
  }
  return true;
}

Result<std::optional<LogWalk::Position>> LogWalk::seek() {
  for (;;) {
    if (input_.limit && end_.chain.next_lsn > *input_.limit) return std::nullopt;
    if (!bytes_) return std::nullopt;  // No segment yet: the log was created and never started.
    Result<bool> crossed = cross_to_next_segment();
    if (!crossed) return std::unexpected(std::move(crossed.error()));
    if (*crossed) continue;
    Result<Position> position = judge();
    if (!position) return std::unexpected(std::move(position.error()));
    return *position;
  }
}

Result<std::optional<ScannedGroup>> LogWalk::next() {
  while (!ended_) {
    Result<std::optional<Position>> position = seek();
    if (!position) return std::unexpected(std::move(position.error()));
    if (!*position || !(*position)->continues) {
      Result<void> ended = *position ? end_of_log(**position) : Result<void>{};
      if (!ended) return std::unexpected(std::move(ended.error()));
      finish();
      break;
    }
    const format::GroupHeader& header = (*position)->header;
    if (header.end_lsn() <= skip_below_) {
      pass(header);
      continue;
    }
    Result<ScannedGroup> group = copy(header);
    if (!group) return std::unexpected(std::move(group.error()));
    pass(header);
    return std::move(*group);
  }
  return std::nullopt;
}

Result<LogWalk::Position> LogWalk::judge() {
  Result<std::string_view> head = bytes_->view(offset_, format::kGroupHeaderBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  if (head->size() < format::kGroupHeaderBytes) return Position{};
  Position position;
  if (std::optional<Error> cause = bytes_->unreadable(offset_, head->size())) {
    position.bytes = TailBytes::kUnreadable;
    position.cause = std::move(*cause);
    return position;
  }
  const auto header = format::decode_group_header(*head);
  if (header && header->log_id == input_.manifest.log_id) {
    position.header = *header;
    position.header_sound = true;
    if (continues_chain(*header)) return judge_frames(*header);
    position.bytes = is_past(*header) ? TailBytes::kStale : TailBytes::kBad;
    return position;
  }
  // Another log's header, or one in a payload of the past, must not stop an upgrade's warning
  // short: only this log's id makes a newer version count.
  const bool ours = head->substr(kGroupLogIdAt, input_.manifest.log_id.size()) ==
                    id_bytes(input_.manifest.log_id);
  if (!header && header.error() == format::GroupFault::kUnsupported && ours) {
    position.bytes = TailBytes::kUnsupported;
    return position;
  }
  Result<TailBytes> bytes = zeros_or_bad();
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  position.bytes = *bytes;
  return position;
}

bool LogWalk::continues_chain(const format::GroupHeader& header) const {
  const StartBlock& start = current().start;
  const bool is_copy = header.group_number < start.first_group + start.copied_groups;
  const Epoch epoch_min = is_copy ? end_.chain.epoch : std::max(start.epoch, end_.chain.epoch);
  return header.group_number == end_.chain.next_group && header.first_lsn == end_.chain.next_lsn &&
         header.previous_checksum == end_.chain.checksum && header.epoch >= epoch_min &&
         header.epoch <= input_.manifest.epoch &&
         header.group_bytes() <= current().info.bytes - offset_;
}

// (epoch, group number) is never given out twice, so one of the two is lower in stale bytes.
bool LogWalk::is_past(const format::GroupHeader& header) const {
  return header.group_number < end_.chain.next_group || header.epoch < current().start.epoch;
}

Result<LogWalk::Position> LogWalk::judge_frames(const format::GroupHeader& header) {
  Result<std::string_view> group = bytes_->view(offset_, header.group_bytes());
  if (!group) return std::unexpected(std::move(group.error()));
  Position position;
  position.header = header;
  position.header_sound = true;
  position.continues = group->size() == header.group_bytes() &&
                       format::frames_valid(header, group->substr(format::kGroupHeaderBytes));
  position.bytes = TailBytes::kTornGroup;
  if (position.continues) return position;
  if (std::optional<Error> cause = bytes_->unreadable(offset_, header.group_bytes())) {
    position.bytes = TailBytes::kUnreadable;
    position.cause = std::move(*cause);
  }
  return position;
}

Result<ScannedGroup> LogWalk::copy(const format::GroupHeader& header) {
  Result<std::string_view> bytes = bytes_->view(offset_, header.group_bytes());
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  return ScannedGroup{.location = make_location(current().info.number, offset_),
                      .bytes = std::string(*bytes)};
}

void LogWalk::pass(const format::GroupHeader& header) {
  learn(header);
  end_.unproven = make_location(current().info.number, offset_);
  end_.unproven_bytes = header.group_bytes();
  end_.unproven_group = header.group_number;
  end_.unproven_lsn = header.first_lsn;
  end_.chain = {.next_group = header.group_number + 1,
                .next_lsn = header.end_lsn(),
                .checksum = header.checksum,
                .time = header.time,
                .epoch = header.epoch};
  offset_ += current().info.aligned(header.group_bytes());
}

// A group is issued only after everything before it is durable, so any sound header of this log,
// wherever it lies and whether or not its frames hold, tells how far the log once was durable.
void LogWalk::learn(const format::GroupHeader& header) {
  proven_end_ = std::max({proven_end_, header.first_lsn, after(header.durable)});
}

void LogWalk::finish() {
  ended_ = true;
  if (end_.unproven && end_.chain.next_lsn <= proven_end_) end_.unproven.reset();
  if (sink_) sink_(end_);
}

Result<void> LogWalk::refuse_newer_version() {
  Result<std::string_view> head = bytes_->view(offset_, format::kGroupHeaderBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  const auto low = static_cast<unsigned char>((*head)[kGroupVersionAt]);
  const auto high = static_cast<unsigned char>((*head)[kGroupVersionAt + 1]);
  constexpr unsigned kByteBits = 8;
  return std::unexpected(unsupported(segment_name(current().info.number), offset_,
                                     static_cast<std::uint16_t>(low | (high << kByteBits))));
}

// The next segment's start says where this one ends, so that bytes that end it earlier are damage.
Result<void> LogWalk::end_of_sealed(const Position& position) {
  Result<Error> error = sealed_damage(segments_[*successor_].start);
  if (!error) return std::unexpected(std::move(error.error()));
  return std::unexpected(position.bytes == TailBytes::kUnreadable
                             ? unreadable_damage(std::move(*error), position.cause)
                             : std::move(*error));
}

Result<void> LogWalk::end_of_log(Position position) {
  if (position.bytes == TailBytes::kUnsupported) return refuse_newer_version();
  if (successor_) return end_of_sealed(position);
  // A recycled segment is full of old bytes that are no group's start.
  if (position.bytes == TailBytes::kBad && current().recycled) position.bytes = TailBytes::kStale;
  if (position.header_sound) learn(position.header);
  Later later;
  if (!input_.limit) {
    if (Result<void> looked = look_behind(later); !looked) return looked;
  }
  if (later.unreadable && position.bytes != TailBytes::kUnreadable) {
    position.bytes = TailBytes::kUnreadable;
    position.cause = *later.unreadable;
  }
  if (position.header_sound && position.header.epoch > input_.manifest.epoch) {
    later.newer_epoch = true;
  }
  const TailVerdict verdict = decide_tail({.bytes = position.bytes,
                                           .below_mark = proven_end_ > end_.chain.next_lsn,
                                           .later_group = later.group,
                                           .newer_epoch = later.newer_epoch,
                                           .start_missing = start_missing()});
  if (verdict == TailVerdict::kDamage) {
    return std::unexpected(position.bytes == TailBytes::kUnreadable
                               ? unreadable_damage(tail_damage(later), position.cause)
                               : tail_damage(later));
  }
  if (verdict == TailVerdict::kTornTail) {
    Result<std::uint64_t> torn = count_torn(position);
    if (!torn) return std::unexpected(std::move(torn.error()));
    torn_bytes_ = *torn;
  }
  return {};
}

}  // namespace seawall::storage
