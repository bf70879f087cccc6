#include "engine/user_code.h"

#include <expected>

#include "seawall/error.h"

namespace seawall::engine {
namespace {

thread_local const UserCode* innermost = nullptr;

const char* refusal(UserCodeKind kind) {
  if (kind == UserCodeKind::kCallback) {
    return "called in the log's own on_durable callback, which it would wait for: submit there, or "
           "hand the call to another thread";
  }
  return "called while a state of the log is merged, which it might wait for: make the call "
         "outside of the interpreter";
}

}  // namespace

UserCode::UserCode(const void* log, UserCodeKind kind) noexcept
    : log_(log), kind_(kind), outer_(innermost) {
  innermost = this;
}

UserCode::~UserCode() {
  innermost = outer_;
}

bool UserCode::runs_for(const void* log) noexcept {
  for (const UserCode* scope = innermost; scope != nullptr; scope = scope->outer_) {
    if (scope->log_ == log) return true;
  }
  return false;
}

Result<void> UserCode::admit(const void* log, LogCall call) {
  for (const UserCode* scope = innermost; scope != nullptr; scope = scope->outer_) {
    if (scope->log_ != log || may_call(scope->kind_, call)) continue;
    return std::unexpected(Error{.code = Errc::kInvalidArgument, .message = refusal(scope->kind_)});
  }
  return {};
}

}  // namespace seawall::engine
