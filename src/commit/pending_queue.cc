#include "commit/pending_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/types.h"

#include "base/coding.h"
#include "format/group.h"

namespace seawall::commit {
namespace {

using format::kFrameHeadBytes;
using format::kGroupHeaderBytes;

// Bytes of the first frame of `group` whose header space is at the front.
std::size_t first_frame_end(const std::string& bytes, std::size_t at) {
  return at + kFrameHeadBytes + base::load_le<std::uint32_t>(bytes.data() + at);
}

}  // namespace

bool PendingQueue::needs_new_group(std::size_t frame_bytes) const {
  if (groups_.empty()) return true;
  const Group& back = groups_.back();
  return back.records > 0 && back.bytes.size() + frame_bytes > format::kGroupBytesTarget;
}

void PendingQueue::reserve(std::size_t frame_bytes) {
  if (needs_new_group(frame_bytes)) {
    Group group{.first_lsn = next_, .records = 0, .bytes = {}};
    // Groups in a row are of much the same size; growing one by doubling would copy it under the
    // commit mutex.
    group.bytes.reserve(std::max(group_bytes_expected_, kGroupHeaderBytes + frame_bytes));
    group.bytes.resize(kGroupHeaderBytes);
    groups_.push_back(std::move(group));
    return;
  }
  std::string& bytes = groups_.back().bytes;
  const std::size_t needed = bytes.size() + frame_bytes;
  if (needed > bytes.capacity()) bytes.reserve(std::max(needed, 2 * bytes.capacity()));
}

void PendingQueue::push(std::string_view frame) noexcept {
  Group& group = groups_.back();
  if (group.records == 0) {
    group.first_lsn = next_;
    bytes_ += kGroupHeaderBytes;
  }
  group.bytes.append(frame);
  ++group.records;
  ++records_;
  ++next_.value;
  bytes_ += frame.size();
  frame_bytes_max_ = std::max<std::uint64_t>(frame_bytes_max_, frame.size());
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
  group_bytes_expected_ = group.bytes.size();
  if (empty()) frame_bytes_max_ = 0;
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

void PendingQueue::clear() noexcept {
  groups_.clear();
  records_ = 0;
  bytes_ = 0;
  frame_bytes_max_ = 0;
}

}  // namespace seawall::commit
