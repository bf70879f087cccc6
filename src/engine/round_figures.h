#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "seawall/error.h"
#include "seawall/write_ahead_log.h"

#include "checkpoint/object_table.h"

namespace seawall::engine {

/// What `stats` tells of checkpoints, as the last round left it: who asks does not wait for the one
/// that runs, which may take seconds.
///
/// Thread safety: all methods may be called from any thread.
class RoundFigures {
 public:
  void note(const checkpoint::ObjectTable& objects, std::optional<Error> error) {
    const std::size_t count = objects.objects().size();
    const std::uint64_t bytes = objects.bytes();
    const std::uint64_t live_bytes = objects.live_bytes();
    const std::scoped_lock lock(mutex_);
    objects_ = count;
    bytes_ = bytes;
    live_bytes_ = live_bytes;
    error_.swap(error);
  }

  void fill(LogStats& stats) const {
    const std::scoped_lock lock(mutex_);
    stats.checkpoint_objects = objects_;
    stats.checkpoint_bytes = bytes_;
    stats.checkpoint_live_bytes = live_bytes_;
    stats.checkpoint_error = error_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t objects_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t live_bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace seawall::engine
