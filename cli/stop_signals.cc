#include "stop_signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace seawall::cli {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() : fd_(-1) {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

StopSignals::~StopSignals() {
  if (fd_ >= 0) close(fd_);
}

int StopSignals::taken() {
  if (signal_ != 0) return signal_;
  signalfd_siginfo info{};
  if (read(fd_, &info, sizeof info) == sizeof info) {
    signal_ = static_cast<int>(info.ssi_signo);
    const sigset_t set = stop_set();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
  return signal_;
}

int StopSignals::wait(int ms) {
  if (taken() != 0) return signal_;
  pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
  // Whether it timed out or failed makes no difference to who asks again.
  (void)poll(&waited, 1, ms);
  return taken();
}

}  // namespace seawall::cli
