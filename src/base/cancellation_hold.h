#pragma once

#include <pthread.h>

namespace seawall::base {

/// Puts off the cancellation of this thread (pthread_cancel) for as long as it lives. glibc cancels
/// by unwinding from the next system call, which may lie in a destructor or between the two halves
/// of a change; the process would end there, or the change stay half made.
class CancellationHold {
 public:
  CancellationHold() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &former_); }
  ~CancellationHold() { pthread_setcancelstate(former_, nullptr); }
  CancellationHold(const CancellationHold&) = delete;
  CancellationHold& operator=(const CancellationHold&) = delete;

 private:
  int former_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace seawall::base
