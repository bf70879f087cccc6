#pragma once

/// \file
/// Code of the user's that a log calls, and which calls it may make on the same log: one table,
/// enumerated by user_code_test.cc.
///
///   the call                            in format  in parse, merge, ...  in on_durable's callback
///   looks: seen, clients, stats, ...       yes             yes                    yes
///   submits: submit, submit_many, ...      yes             yes                    yes
///   waits: persist, batch, clear, wait     yes             no                     no
///   retrieve, checkpoint                   yes             no                     yes
///   close                                  yes             no                     no
///
/// A callback runs on the commit thread, so nothing it waited for would be committed, and closing
/// waits for it. A merge holds its client, and perhaps the checkpoint round that it is part of:
/// another retrieve or round may wait for that client while its own merge waits for another. If
/// merges waited for commits, a callback that retrieves would wait for itself. `format` runs with
/// nothing held.

#include <cstdint>

#include "seawall/error.h"

namespace seawall::engine {

enum class UserCodeKind : std::uint8_t {
  kMerge,     ///< parse, version, and a live state's merge, serialize, memory_bytes and destructor.
  kCallback,  ///< The callback of on_durable.
};

enum class LogCall : std::uint8_t { kLook, kSubmit, kWait, kRetrieve, kCheckpoint, kClose };

/// Returns whether `call` may be made in code of the kind `inside`.
[[nodiscard]] constexpr bool may_call(UserCodeKind inside, LogCall call) {
  switch (call) {
    case LogCall::kLook:
    case LogCall::kSubmit:
      return true;
    case LogCall::kRetrieve:
    case LogCall::kCheckpoint:
      return inside == UserCodeKind::kCallback;
    case LogCall::kWait:
    case LogCall::kClose:
      return false;
  }
  return false;
}

/// For as long as it lives its thread runs code of the user's on behalf of `log`, an address that
/// stands for the log. Scopes nest, also those of several logs.
class UserCode {
 public:
  UserCode(const void* log, UserCodeKind kind) noexcept;
  ~UserCode();
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;

  /// Returns whether this thread runs code on behalf of `log`.
  [[nodiscard]] static bool runs_for(const void* log) noexcept;

  /// Refuses a call that would deadlock. Errors: `kInvalidArgument`, which says what to do.
  [[nodiscard]] static Result<void> admit(const void* log, LogCall call);

 private:
  const void* log_;
  UserCodeKind kind_;
  const UserCode* outer_;
};

}  // namespace seawall::engine
