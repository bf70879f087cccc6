#include "recover/scan_ahead.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "base/exceptions.h"

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
  Result<void> read = base::catching([&] { return read_all(); });
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    if (!read) error_ = std::move(read.error());
  }
  changed_.notify_all();
}

Result<void> ScanAhead::read_all() {
  for (;;) {
    auto group = scan_->next();
    if (!group) return std::unexpected(std::move(group.error()));
    if (!*group || !put(std::move(**group))) return {};
  }
}

bool ScanAhead::put(ScannedGroup group) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ || bytes_ < kAheadBytesMax; });
    if (abandoned_) return false;
    const std::size_t bytes = group.bytes.size();
    groups_.push_back(std::move(group));
    bytes_ += bytes;
  }
  changed_.notify_all();
  return true;
}

}  // namespace seawall::recover
