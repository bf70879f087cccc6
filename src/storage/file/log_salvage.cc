#include "storage/file/log_salvage.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "format/group.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/gap_evidence.h"
#include "storage/file/log_walk.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/file/segment_evidence.h"

namespace seawall::storage {

Result<std::unique_ptr<LogSalvage>> LogSalvage::open(Directory& directory, WalkInput input) {
  Result<std::vector<SegmentRemains>> segments = examine_remains(directory, input.manifest);
  if (!segments) return std::unexpected(std::move(segments.error()));
  std::unique_ptr<LogSalvage> salvage(
      new LogSalvage(directory, std::move(input), std::move(*segments)));
  if (Result<void> collected = salvage->collect(); !collected) {
    return std::unexpected(std::move(collected.error()));
  }
  Result<std::vector<LogGap>> gaps = report_gaps({.directory = directory,
                                                  .manifest = salvage->input_.manifest,
                                                  .segments = salvage->segments_,
                                                  .groups = salvage->groups_},
                                                 salvage->found_gaps_);
  if (!gaps) return std::unexpected(std::move(gaps.error()));
  salvage->gaps_ = std::move(*gaps);
  return salvage;
}

LogSalvage::LogSalvage(Directory& directory, WalkInput input, std::vector<SegmentRemains> segments)
    : directory_(directory), input_(std::move(input)), segments_(std::move(segments)) {}

Result<void> LogSalvage::collect() {
  proven_end_ = std::max(input_.manifest.log_start, Lsn{input_.manifest.durable.value + 1});
  if (input_.mark) {
    proven_end_ = std::max(proven_end_, Lsn{input_.mark->durable.value + 1});
    last_number_ = input_.mark->group_number;
  }
  for (const SegmentRemains& segment : segments_) {
    if (!segment.evidence.started) continue;
    const StartBlock& start = segment.evidence.start;
    proven_end_ = std::max({proven_end_, start.first_lsn, start.copied_end});
  }
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    enter(i);
    if (Result<void> collected = collect_segment(i); !collected) return collected;
  }
  return close_log();
}

// The start block says what the segment continues, so that a gap before it ends here.
void LogSalvage::enter(std::size_t index) {
  current_ = index;
  number_end_ = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = index + 1; i < segments_.size(); ++i) {
    if (!segments_[i].evidence.started) continue;
    number_end_ = segments_[i].evidence.start.first_group;
    break;
  }
  const StartBlock& start = current().start;
  if (!current().started || (anchored_ && start.first_lsn <= chain_.next_lsn)) return;
  if (input_.limit && start.first_lsn > Lsn{input_.limit->value + 1}) return;
  if (!anchored_) chain_.next_lsn = input_.manifest.log_start;
  if (chain_.next_lsn < start.first_lsn) note_gap(start.first_lsn, false);
  chain_.next_group = start.first_group;
  chain_.next_lsn = start.first_lsn;
  chain_.checksum = start.previous_checksum;
  if (chain_.time.retention_us < start.previous_retention_us) {
    chain_.time = {.retention_us = start.previous_retention_us};
  }
  anchored_ = true;
}

Result<void> LogSalvage::collect_segment(std::size_t index) {
  const SegmentEvidence& segment = segments_[index].evidence;
  if (!segment.present) return {};
  for (std::unique_ptr<SegmentBytes>* window : {&bytes_, &frames_}) {
    Result<std::unique_ptr<SegmentBytes>> opened = open_segment(directory_, segment.info);
    if (!opened) return std::unexpected(std::move(opened.error()));
    *window = std::move(*opened);
  }
  for (std::uint64_t offset = segment.info.groups_offset();;) {
    if (input_.limit && chain_.next_lsn > *input_.limit) return {};
    Result<std::optional<format::GroupHeader>> header = sound_at(offset);
    if (!header) return std::unexpected(std::move(header.error()));
    if (*header) {
      accept(**header, offset);
      offset += segment.info.aligned((*header)->group_bytes());
      continue;
    }
    Result<std::optional<std::uint64_t>> found = search(offset + kGroupStep);
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) return {};
    offset = **found;
  }
}

Result<std::optional<format::GroupHeader>> LogSalvage::sound_at(std::uint64_t offset) {
  Result<std::string_view> head = bytes_->view(offset, format::kGroupHeaderBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  if (head->size() < format::kGroupHeaderBytes) return std::nullopt;
  const auto header = format::decode_group_header(*head);
  if (!header || header->log_id != input_.manifest.log_id) return std::nullopt;
  learn(*header);
  if (!may_follow(*header, offset)) return std::nullopt;
  Result<bool> holds = frames_hold(*header, offset);
  if (!holds) return std::unexpected(std::move(holds.error()));
  return *holds ? std::optional(*header) : std::nullopt;
}

Result<std::optional<std::uint64_t>> LogSalvage::search(std::uint64_t begin) {
  std::optional<std::uint64_t> place;
  Result<void> failed;
  const auto found = [&](const format::GroupHeader& header, std::uint64_t offset) {
    learn(header);
    if (!may_follow(header, offset)) return true;
    const Result<bool> holds = frames_hold(header, offset);
    if (!holds) failed = std::unexpected(holds.error());
    if (holds && *holds) place = offset;
    return holds && !*holds;
  };
  Result<void> searched = find_headers(*bytes_, begin, input_.manifest.log_id, found);
  if (!searched) return std::unexpected(std::move(searched.error()));
  if (!failed) return std::unexpected(std::move(failed.error()));
  return place;
}

bool LogSalvage::may_follow(const format::GroupHeader& header, std::uint64_t offset) const {
  const SegmentEvidence& segment = current();
  if (header.epoch > input_.manifest.epoch || header.epoch < chain_.epoch ||
      header.group_number >= number_end_ || header.first_lsn.value == 0 ||
      header.group_bytes() > segment.info.bytes - offset) {
    return false;
  }
  if (segment.started) {
    const StartBlock& start = segment.start;
    const bool is_copy = header.group_number < start.first_group + start.copied_groups;
    if (header.group_number < start.first_group || header.first_lsn < start.first_lsn ||
        (!is_copy && header.epoch < start.epoch)) {
      return false;
    }
  }
  if (!anchored_) return true;
  if (header.group_number == chain_.next_group) {
    return header.first_lsn == chain_.next_lsn && header.previous_checksum == chain_.checksum;
  }
  // Every group between has at least one record.
  return header.group_number > chain_.next_group && header.first_lsn > chain_.next_lsn &&
         header.first_lsn.value - chain_.next_lsn.value >= header.group_number - chain_.next_group;
}

Result<bool> LogSalvage::frames_hold(const format::GroupHeader& header, std::uint64_t offset) {
  Result<std::string_view> group = frames_->view(offset, header.group_bytes());
  if (!group) return std::unexpected(std::move(group.error()));
  return group->size() == header.group_bytes() &&
         format::frames_valid(header, group->substr(format::kGroupHeaderBytes));
}

// A group is issued only after everything before it is durable; what became of the group itself
// does not matter.
void LogSalvage::learn(const format::GroupHeader& header) {
  if (header.epoch > input_.manifest.epoch) {
    newer_epoch_ = true;
    return;
  }
  proven_end_ = std::max({proven_end_, header.first_lsn, Lsn{header.durable.value + 1}});
  last_number_ = std::max(last_number_, header.group_number);
}

void LogSalvage::accept(const format::GroupHeader& header, std::uint64_t offset) {
  if (!anchored_) chain_.next_lsn = std::min(header.first_lsn, input_.manifest.log_start);
  if (header.first_lsn > chain_.next_lsn) note_gap(header.first_lsn, false);
  if (current().start_bad && !segments_[current_].damage) {
    const SegmentInfo& info = current().info;
    segments_[current_].damage = damage(segment_name(info.number), info.start_offset(),
                                        "the segment's start block is damaged");
  }
  groups_.push_back({.segment = current_,
                     .offset = offset,
                     .bytes = header.group_bytes(),
                     .first = header.first_lsn,
                     .end = header.end_lsn()});
  chain_ = {.next_group = header.group_number + 1,
            .next_lsn = header.end_lsn(),
            .checksum = header.checksum,
            .time = header.time.retention_us < chain_.time.retention_us ? chain_.time : header.time,
            .epoch = header.epoch};
  anchored_ = true;
  last_segment_ = current_;
  last_end_ = offset + current().info.aligned(header.group_bytes());
}

bool LogSalvage::goes_on_in_next_segment() const {
  if (last_segment_ + 1 >= segments_.size()) return false;
  const SegmentEvidence& last = segments_[last_segment_].evidence;
  const SegmentEvidence& next = segments_[last_segment_ + 1].evidence;
  if (next.started) return next.start.first_group == chain_.next_group;
  return last_end_ + format::kGroupHeaderBytes >= last.info.bytes;
}

// The chain breaks behind the last group, or where the segment after it should go on.
void LogSalvage::note_gap(Lsn end, bool open_ended) {
  FoundGap gap{.begin = chain_.next_lsn,
               .end = end,
               .open_ended = open_ended,
               .first_segment = last_segment_,
               .last_segment = current_,
               .segment = last_segment_,
               .offset = last_end_};
  if (last_end_ != 0 && goes_on_in_next_segment()) {
    ++gap.segment;
    gap.offset = 0;
  }
  if (gap.offset == 0) gap.offset = segments_[gap.segment].evidence.info.groups_offset();
  found_gaps_.push_back(gap);
}

// As LogWalk judges it (tail_decision.h); where groups of that epoch survive, they tell more.
std::optional<std::size_t> LogSalvage::missing_start() const {
  const Epoch newest = input_.manifest.epoch;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!segments_[i].evidence.started) continue;
    if (segments_[i].evidence.start.epoch == newest) return std::nullopt;
    missing = i + 1;
  }
  if (chain_.epoch == newest || missing == segments_.size()) return std::nullopt;
  return missing;
}

// A segment that is gone or cut short may have held groups that nothing else tells of: a mark may
// be older than the last flush. One that is whole shows what follows the last sound group: nothing,
// or a header, which is a torn group's if a mark of its writer says that the log ends before it.
Result<bool> LogSalvage::newest_bytes_lost() {
  if (input_.limit) return false;
  for (std::size_t i = last_segment_; i < segments_.size(); ++i) {
    Result<bool> lost = bytes_lost_in(i);
    if (!lost || *lost) return lost;
  }
  return false;
}

Result<bool> LogSalvage::bytes_lost_in(std::size_t index) {
  const SegmentEvidence& segment = segments_[index].evidence;
  if (!segment.present) return true;
  const bool has_groups = index == last_segment_ && last_end_ != 0;
  const std::uint64_t end = has_groups ? last_end_ : segment.info.groups_offset();
  if (end + format::kGroupHeaderBytes >= segment.info.bytes) return false;
  Result<std::unique_ptr<SegmentBytes>> bytes = open_segment(directory_, segment.info);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  Result<std::string_view> next = (*bytes)->view(end, format::kGroupHeaderBytes);
  if (!next) return std::unexpected(std::move(next.error()));
  if (next->size() < format::kGroupHeaderBytes) return true;
  // A segment whose start block says that it was never begun has lost nothing.
  if ((*bytes)->unreadable(end, format::kGroupHeaderBytes)) {
    return has_groups || segment.started || segment.start_bad;
  }
  const auto header = format::decode_group_header(*next);
  const bool follows = header && header->log_id == input_.manifest.log_id &&
                       header->group_number >= chain_.next_group;
  if (!follows) return false;
  // A torn group's frames were never all written. Unreadable ones may have been.
  const bool ends_at_mark = input_.mark && input_.mark->epoch == input_.manifest.epoch &&
                            input_.mark->group_number + 1 == chain_.next_group;
  if (!ends_at_mark) return true;
  const Result<std::string_view> group = (*bytes)->view(end, header->group_bytes());
  if (!group) return std::unexpected(group.error());
  return (*bytes)->unreadable(end, group->size()).has_value();
}

Result<void> LogSalvage::close_log() {
  if (newer_epoch_ && !input_.limit) {
    return std::unexpected(
        damage(manifest_name(input_.manifest.number), 0, "a newer manifest of the log is missing"));
  }
  Lsn end = input_.limit ? Lsn{input_.limit->value + 1} : proven_end_;
  if (!anchored_) chain_.next_lsn = input_.manifest.log_start;
  // What is missing at the end is not known: at least the next record is in doubt.
  const std::optional<std::size_t> missing = missing_start();
  Result<bool> lost = newest_bytes_lost();
  if (!lost) return std::unexpected(std::move(lost.error()));
  if (missing || *lost) end = std::max(end, Lsn{chain_.next_lsn.value + 1});
  if (end > chain_.next_lsn && !segments_.empty()) note_gap(end, true);
  if (missing) {
    found_gaps_.back().segment = *missing;
    found_gaps_.back().offset = segments_[*missing].evidence.info.start_offset();
  }
  chain_.next_lsn = std::max(chain_.next_lsn, end);
  chain_.next_group = std::max(chain_.next_group, last_number_ + 1);
  return {};
}

Result<std::optional<ScannedGroup>> LogSalvage::next() {
  if (next_ == groups_.size()) return std::nullopt;
  const FoundGroup& group = groups_[next_++];
  const SegmentEvidence& segment = segments_[group.segment].evidence;
  if (!groups_bytes_ || next_ == 1 || groups_[next_ - 2].segment != group.segment) {
    Result<std::unique_ptr<SegmentBytes>> opened = open_segment(directory_, segment.info);
    if (!opened) return std::unexpected(std::move(opened.error()));
    groups_bytes_ = std::move(*opened);
  }
  Result<std::string_view> bytes = groups_bytes_->view(group.offset, group.bytes);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  const auto header = format::decode_group_header(*bytes);
  if (!header || header->first_lsn != group.first || bytes->size() != header->group_bytes() ||
      !format::frames_valid(*header, bytes->substr(format::kGroupHeaderBytes))) {
    return std::unexpected(damage(segment_name(segment.info.number), group.offset,
                                  "the log changed while read", group.first, group.end));
  }
  return ScannedGroup{.location = make_location(segment.info.number, group.offset),
                      .bytes = std::string(*bytes)};
}

}  // namespace seawall::storage
