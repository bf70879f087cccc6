#include "commit/pending_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "seawall/types.h"

#include "base/coding.h"
#include "format/group.h"
#include "format/record.h"

namespace seawall::commit {
namespace {

using format::kFrameHeadBytes;
using format::kGroupHeaderBytes;

// Bytes of the first frame of `group` whose header space is at the front.
std::size_t first_frame_end(const std::string& bytes, std::size_t at) {
  return at + kFrameHeadBytes + base::load_le<std::uint32_t>(bytes.data() + at);
}

}  // namespace

void PendingQueue::push(const format::RecordView& record) {
  const std::uint64_t bound = format::record_bytes_bound(record) + kFrameHeadBytes;
  if (groups_.empty() || groups_.back().bytes.size() + bound > format::kGroupBytesTarget) {
    groups_.push_back({next_, 0, std::string(kGroupHeaderBytes, '\0')});
    bytes_ += kGroupHeaderBytes;
  }
  Group& group = groups_.back();
  const std::size_t head = group.bytes.size();
  group.bytes.append(kFrameHeadBytes, '\0');
  format::put_record(group.bytes, record);
  format::seal_frame(group.bytes, head);
  ++group.records;
  ++records_;
  ++next_.value;
  const std::uint64_t frame_bytes = group.bytes.size() - head;
  bytes_ += frame_bytes;
  frame_bytes_max_ = std::max(frame_bytes_max_, frame_bytes);
}

PendingQueue::Group PendingQueue::take(std::uint64_t bytes_max) {
  Group group;
  if (groups_.front().bytes.size() <= bytes_max || groups_.front().records == 1) {
    group = std::move(groups_.front());
    groups_.pop_front();
    bytes_ -= group.bytes.size();
  } else {
    group = split_front(bytes_max);
    bytes_ -= group.bytes.size() - kGroupHeaderBytes;
  }
  records_ -= group.records;
  if (groups_.empty()) frame_bytes_max_ = 0;
  return group;
}

PendingQueue::Group PendingQueue::split_front(std::uint64_t bytes_max) {
  Group& front = groups_.front();
  std::uint32_t records = 1;
  std::size_t end = first_frame_end(front.bytes, kGroupHeaderBytes);
  while (records + 1 < front.records && first_frame_end(front.bytes, end) <= bytes_max) {
    end = first_frame_end(front.bytes, end);
    ++records;
  }
  Group group{front.first_lsn, records, front.bytes.substr(0, end)};
  front.bytes.erase(kGroupHeaderBytes, end - kGroupHeaderBytes);
  front.records -= records;
  front.first_lsn.value += records;
  return group;
}

void PendingQueue::clear() {
  groups_.clear();
  records_ = 0;
  bytes_ = 0;
  frame_bytes_max_ = 0;
}

}  // namespace seawall::commit
