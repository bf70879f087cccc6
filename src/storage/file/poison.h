#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "seawall/error.h"

namespace seawall::storage {

/// Remembers that a write failed whose effect is unknown, or that the volume was closed; from then
/// on nothing may be written, to any file. Thread safe.
class Poison {
 public:
  void set(const Error& cause) {
    const std::scoped_lock lock(mutex_);
    if (!cause_) cause_ = cause;
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }

  /// Returns nothing while writing is allowed. Errors: `kClosed`, `kPoisoned`.
  [[nodiscard]] Result<void> check() const {
    const std::scoped_lock lock(mutex_);
    if (closed_) {
      return std::unexpected(
          Error{.code = Errc::kClosed, .message = "the log is closed; open it again"});
    }
    if (!cause_) return {};
    Error error = *cause_;
    error.code = Errc::kPoisoned;
    error.message = "an earlier write failed (" + cause_->message +
                    "); close the log, open it again and redeliver";
    return std::unexpected(std::move(error));
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> cause_;
  bool closed_ = false;
};

}  // namespace seawall::storage
