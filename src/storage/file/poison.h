#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "seawall/error.h"

namespace seawall::storage {

/// Remembers that a write failed whose effect is unknown; from then on nothing may be written, to
/// any file. Thread safe.
class Poison {
 public:
  void set(const Error& cause) {
    const std::lock_guard lock(mutex_);
    if (!cause_) cause_ = cause;
  }

  [[nodiscard]] Result<void> check() const {
    const std::lock_guard lock(mutex_);
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
};

}  // namespace seawall::storage
