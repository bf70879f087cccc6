#include "recover/scan_ahead.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::recover {
namespace {

constexpr std::uint64_t kAheadBytesMax = std::uint64_t{64} << 20;

}  // namespace

ScanAhead::ScanAhead(std::unique_ptr<GroupScan> scan, Lsn skip_below) : scan_(std::move(scan)) {
  scan_->skip_below(skip_below);
  thread_ = std::thread([this] { run(); });
}

ScanAhead::~ScanAhead() {
  {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::optional<ScannedGroup>> ScanAhead::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !groups_.empty(); });
  if (groups_.empty()) {
    if (error_) return std::unexpected(*error_);
    return std::nullopt;
  }
  ScannedGroup group = std::move(groups_.front());
  groups_.pop_front();
  bytes_ -= group.bytes.size();
  lock.unlock();
  changed_.notify_all();
  return group;
}

void ScanAhead::run() {
  for (;;) {
    auto group = scan_->next();
    const bool is_group = group && group->has_value();
    if (is_group && put(std::move(**group))) continue;
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
      if (!group) error_ = std::move(group.error());
    }
    changed_.notify_all();
    return;
  }
}

bool ScanAhead::put(ScannedGroup group) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ || bytes_ < kAheadBytesMax; });
    if (abandoned_) return false;
    bytes_ += group.bytes.size();
    groups_.push_back(std::move(group));
  }
  changed_.notify_all();
  return true;
}

}  // namespace seawall::recover
