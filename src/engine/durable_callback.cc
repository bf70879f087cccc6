#include "engine/durable_callback.h"

#include <atomic>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/write_ahead_log.h"

#include "base/exceptions.h"

namespace seawall::engine {

bool DurableCallback::replace(WriteAheadLog::DurableCallback callback, bool wait) {
  auto next = callback ? std::make_shared<const WriteAheadLog::DurableCallback>(std::move(callback))
                       : nullptr;
  std::unique_lock lock(mutex_);
  is_set_ = next != nullptr;
  // The former callback is the user's code: it is destroyed when nothing is locked any more.
  callback_.swap(next);
  if (wait) idle_.wait(lock, [&] { return !running_; });
  return next == nullptr;
}

void DurableCallback::call(Lsn durable, const Error* poisoned) noexcept {
  std::shared_ptr<const WriteAheadLog::DurableCallback> callback;
  {
    const std::scoped_lock lock(mutex_);
    if (!callback_) return;
    callback = callback_;
    running_ = true;
  }
  const auto called = base::catching(
      [&]() -> Result<void> {
        (*callback)(durable, poisoned);
        return {};
      },
      "the callback");
  callback.reset();
  {
    const std::scoped_lock lock(mutex_);
    running_ = false;
    if (!called) failure_ = base::copy_of(called.error());
  }
  idle_.notify_all();
}

std::optional<Error> DurableCallback::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

}  // namespace seawall::engine
