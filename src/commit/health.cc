#include "commit/health.h"

#include <utility>

#include "seawall/error.h"

#include "base/exceptions.h"

namespace seawall::commit {

void Health::fail(Error cause) noexcept {
  if (failed_) return;
  failed_ = true;
  cause_ = std::move(cause);
}

Error Health::error() const noexcept {
  Error error = base::copy_of(cause_);
  if (cause_.code == Errc::kFenced) return error;
  Error worded = base::make_error(
      Errc::kPoisoned, "a commit failed, close the log and open it again: ", cause_.message,
      "a commit failed");
  error.code = Errc::kPoisoned;
  error.message.swap(worded.message);
  return error;
}

}  // namespace seawall::commit
