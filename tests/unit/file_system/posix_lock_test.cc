// Forks at the very moment a lock is taken or asked for. This executable's own flock calls the
// system's and lets the test do something before and after it.

#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/file/file_system.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::storage {
namespace {

std::function<void(bool is_after)> at_flock;  // NOLINT: tests are the only thread that sets it
std::atomic<bool> fork_has_begun = false;     // NOLINT: set by the handler of the fork
thread_local bool is_forker = false;          // NOLINT: only its forks are watched

}  // namespace
}  // namespace seawall::storage

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's declaration
extern "C" int flock(int descriptor, int operation) {
  auto& hook = seawall::storage::at_flock;
  const bool watched = operation != LOCK_UN && hook;
  if (watched) hook(false);
  const auto result = static_cast<int>(::syscall(SYS_flock, descriptor, operation));
  if (watched) hook(true);
  return result;
}

namespace seawall::storage {
namespace {

/// Returns how many of the process's descriptors are the directory `like`.
int descriptors_of(const struct stat& like) {
  constexpr int kDescriptorsMax = 256;
  int count = 0;
  for (int number = 0; number < kDescriptorsMax; ++number) {
    struct stat status{};
    if (::fstat(number, &status) == 0 && status.st_dev == like.st_dev &&
        status.st_ino == like.st_ino) {
      ++count;
    }
  }
  return count;
}

bool is_asleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] == 'S';
}

/// A thread that forks once; its child says how many descriptors of the directory it has.
class Forker {
 public:
  explicit Forker(const struct stat& like) : thread_([this, like] { run(like); }) {}
  Forker(const Forker&) = delete;
  Forker& operator=(const Forker&) = delete;
  ~Forker() {
    if (thread_.joinable()) thread_.join();
  }

  /// Waits until the fork is over, or has begun and waits for somebody.
  void wait_until_decided() const {
    while (!done_ && !(fork_has_begun && id_ != 0 && is_asleep(id_))) ::sched_yield();
  }

  /// Returns what the child says.
  int join() {
    thread_.join();
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    return WEXITSTATUS(status);
  }

 private:
  void run(const struct stat& like) {
    is_forker = true;
    id_ = ::gettid();
    child_ = ::fork();
    if (child_ == 0) ::_exit(descriptors_of(like));
    done_ = true;
  }

  std::atomic<pid_t> id_ = 0;
  std::atomic<bool> done_ = false;
  pid_t child_ = -1;
  std::thread thread_;
};

class PosixLockFork : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto directory = posix_file_system()->open_directory(temporary_.path());
    ASSERT_TRUE(directory);
    directory_ = std::move(*directory);
    auto other = posix_file_system()->open_directory(temporary_.path());
    ASSERT_TRUE(other);
    other_ = std::move(*other);
    ASSERT_EQ(::stat(temporary_.path().c_str(), &like_), 0);
    // The library's handlers are there from its first lock on; those that come later run first.
    ASSERT_FALSE(directory_->is_locked().value());
    static const int handler =
        ::pthread_atfork([] { fork_has_begun = fork_has_begun || is_forker; }, nullptr, nullptr);
    ASSERT_EQ(handler, 0);
    fork_has_begun = false;
  }
  void TearDown() override { at_flock = {}; }

  TemporaryDirectory temporary_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Directory> other_;
  struct stat like_{};
};

INSTANTIATE_TEST_SUITE_P(Moments, PosixLockFork, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "After" : "Before");
});

// Made without handlers of forks, as by a call of clone: the child has a copy of everything.
TEST_P(PosixLockFork, AChildOfAProbeKeepsNoWriterOut) {
  pid_t child = 0;
  at_flock = [&](bool is_after) {
    if (is_after != GetParam() || child != 0) return;
    child = ::_Fork();
    if (child == 0) {
      for (;;) ::pause();
    }
  };
  EXPECT_FALSE(directory_->is_locked().value());
  at_flock = {};
  ASSERT_GT(child, 0);
  EXPECT_TRUE(other_->try_lock().has_value());
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_P(PosixLockFork, AForkDuringAProbeInheritsNoDescriptor) {
  std::unique_ptr<Forker> forker;
  at_flock = [&](bool is_after) {
    if (is_after != GetParam() || forker) return;
    forker = std::make_unique<Forker>(like_);
    forker->wait_until_decided();
  };
  EXPECT_FALSE(directory_->is_locked().value());
  at_flock = {};
  ASSERT_TRUE(forker);
  EXPECT_EQ(forker->join(), 2) << "the test's own two directories";
}

TEST_P(PosixLockFork, AForkWhileTheLockIsTakenInheritsNoDescriptor) {
  std::unique_ptr<Forker> forker;
  at_flock = [&](bool is_after) {
    if (is_after != GetParam() || forker) return;
    forker = std::make_unique<Forker>(like_);
    forker->wait_until_decided();
  };
  const auto lock = directory_->try_lock();
  at_flock = {};
  ASSERT_TRUE(lock);
  ASSERT_TRUE(forker);
  EXPECT_EQ(forker->join(), 2) << "the test's own two directories";
  EXPECT_TRUE(other_->is_locked().value());
}

}  // namespace
}  // namespace seawall::storage
