#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::recover {

/// Runs a scan in a thread of its own, ahead of whoever takes its groups, so that the log is read
/// and checked while checkpoints are loaded. Reads at most 64 MiB that nobody has taken yet.
///
/// Used by one thread, as every scan.
class ScanAhead final : public GroupScan {
 public:
  /// Begins at once; leaves out groups wholly below `skip_below`.
  ScanAhead(std::unique_ptr<GroupScan> scan, Lsn skip_below);
  ScanAhead(const ScanAhead&) = delete;
  ScanAhead& operator=(const ScanAhead&) = delete;
  ~ScanAhead() override;

  [[nodiscard]] Result<std::optional<ScannedGroup>> next() override;
  [[nodiscard]] ChainEnd chain_end() const override { return scan_->chain_end(); }
  [[nodiscard]] std::uint64_t torn_bytes() const override { return scan_->torn_bytes(); }

 private:
  void run();
  Result<void> read_all();
  /// Waits for room. Returns false when nobody will take any more.
  [[nodiscard]] bool put(ScannedGroup group);

  std::unique_ptr<GroupScan> scan_;  ///< The thread's until `ended_`.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ScannedGroup> groups_;
  std::uint64_t bytes_ = 0;  ///< Of `groups_`.
  std::optional<Error> error_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace seawall::recover
