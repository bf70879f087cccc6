// What only the real file system can be asked: modes, links, limits, forks.

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/file/file_system.h"
#include "unit/file_system/temporary_directory.h"

namespace seawall::storage {
namespace {

class UmaskGuard {
 public:
  explicit UmaskGuard(mode_t mask) : before_(::umask(mask)) {}
  ~UmaskGuard() { ::umask(before_); }
  UmaskGuard(const UmaskGuard&) = delete;
  UmaskGuard& operator=(const UmaskGuard&) = delete;

 private:
  mode_t before_;
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

class PosixFileSystemTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Directory> open_base() const {
    return system_->open_directory(base_).value();
  }

  TemporaryDirectory temporary_;
  std::string base_ = temporary_.path();
  std::shared_ptr<FileSystem> system_ = posix_file_system();
};

TEST_F(PosixFileSystemTest, IsPrivateWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}, mode_t{0277}}) {
    const UmaskGuard guard(mask);
    const std::string path = base_ + "/m" + std::to_string(mask);
    ASSERT_TRUE(system_->create_directories(path + "/n"));
    EXPECT_EQ(mode_of(path), 0700U);
    EXPECT_EQ(mode_of(path + "/n"), 0700U);
    const auto directory = system_->open_directory(path).value();
    ASSERT_TRUE(directory->open("file", OpenMode::kCreateExclusive));
    EXPECT_EQ(mode_of(path + "/file"), 0600U);
  }
}

TEST_F(PosixFileSystemTest, LeavesExistingDirectoriesAsTheyAre) {
  ASSERT_EQ(::mkdir((base_ + "/open").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((base_ + "/open").c_str(), 0755), 0);
  ASSERT_TRUE(system_->create_directories(base_ + "/open/inner"));
  EXPECT_EQ(mode_of(base_ + "/open"), 0755U);
}

TEST_F(PosixFileSystemTest, DoesNotFollowLinksNorWaitForPipes) {
  const auto directory = open_base();
  ASSERT_TRUE(directory->open("real", OpenMode::kCreateExclusive));
  ASSERT_EQ(::symlink("real", (base_ + "/link").c_str()), 0);
  ASSERT_EQ(::symlink("missing", (base_ + "/dangling").c_str()), 0);
  ASSERT_EQ(::mkfifo((base_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(directory->open("link", OpenMode::kRead).error().os_errno, ELOOP);
  EXPECT_EQ(directory->open("dangling", OpenMode::kCreateExclusive).error().os_errno, EEXIST);
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kReadWrite}) {
    EXPECT_EQ(directory->open("link", mode).error().code, Errc::kForeign);
    EXPECT_EQ(directory->open("pipe", mode).error().code, Errc::kForeign);
  }
  const std::vector<DirectoryEntry> entries = directory->list().value();
  for (const DirectoryEntry& entry : entries) {
    EXPECT_EQ(entry.is_regular, entry.name == "real") << entry.name;
  }
}

TEST_F(PosixFileSystemTest, SaysWhatFailed) {
  const Error error = open_base()->open("gone", OpenMode::kRead).error();
  EXPECT_EQ(error.message, "cannot open gone: No such file or directory");
  EXPECT_EQ(error.os_errno, ENOENT);
}

/// Runs `body` in a child and returns its exit status; -1 when a signal killed it.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PosixFileSystemTest, FileSizeLimitIsNoSpaceAndNoDeath) {
  const int status = in_child([&] {
    const rlimit limit{.rlim_cur = 8'192, .rlim_max = 8'192};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const auto file = open_base()->open("big", OpenMode::kCreateExclusive).value();
    const Result<void> written = file->write_at(8'000, std::string(4'096, 'x'));
    if (written || written.error().code != Errc::kNoSpace) return 2;
    const Result<void> allocated = file->allocate(1U << 20U);
    if (allocated || allocated.error().code != Errc::kNoSpace) return 3;
    sigset_t pending{};
    sigpending(&pending);
    if (sigismember(&pending, SIGXFSZ) != 0) return 4;
    sigset_t blocked{};
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    return sigismember(&blocked, SIGXFSZ) == 0 ? 0 : 5;
  });
  EXPECT_EQ(status, 0);
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { ::close(ends_[0]), ::close(ends_[1]); }
  /// Blocks until `signal`, or until no other process has the pipe.
  void wait() {
    ::close(ends_[1]);
    char byte = 0;
    EXPECT_GE(::read(ends_[0], &byte, 1), 0);
  }
  void signal() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

 private:
  int ends_[2] = {-1, -1};
};

TEST_F(PosixFileSystemTest, LockDiesWithItsProcessThoughItsChildLives) {
  Pipe started;
  Pipe over;
  EXPECT_EQ(in_child([&] {
              const Result<std::unique_ptr<DirectoryLock>> lock = open_base()->try_lock();
              if (!lock || !open_base()->is_locked().value()) return 1;
              if (::fork() == 0) {
                started.signal();
                over.wait();
              }
              // Without destructors, as a killed process ends.
              ::_exit(0);
            }),
            0);
  started.wait();
  EXPECT_FALSE(open_base()->is_locked().value());
  EXPECT_TRUE(open_base()->try_lock());
}

TEST_F(PosixFileSystemTest, LockEndsAtOnceThoughAChildWasJustForked) {
  Pipe over;
  const auto directory = open_base();
  Result<std::unique_ptr<DirectoryLock>> lock = directory->try_lock();
  ASSERT_TRUE(lock);
  const pid_t child = ::fork();
  if (child == 0) {
    over.wait();
    ::_exit(0);
  }
  lock->reset();
  EXPECT_FALSE(directory->is_locked().value());
  over.signal();
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(PosixFileSystemTest, ChildCannotReleaseItsParentsLock) {
  const auto directory = open_base();
  Result<std::unique_ptr<DirectoryLock>> lock = directory->try_lock();
  ASSERT_TRUE(lock);
  EXPECT_EQ(in_child([&] {
              lock->reset();
              return directory->is_locked().value() ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(directory->is_locked().value());
}

TEST_F(PosixFileSystemTest, LockDiesWithItsProcess) {
  EXPECT_EQ(in_child([&] { return open_base()->try_lock().value().release() != nullptr ? 0 : 1; }),
            0);
  EXPECT_FALSE(open_base()->is_locked().value());
}

TEST_F(PosixFileSystemTest, ForksWhileThreadsLockStayWhole) {
  std::jthread locker([&](const std::stop_token& stop) {
    const auto directory = open_base();
    while (!stop.stop_requested()) static_cast<void>(directory->try_lock());
  });
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(in_child([&] { return open_base()->list() ? 0 : 1; }), 0);
  }
}

TEST_F(PosixFileSystemTest, PassesThroughDirectoriesItMayNotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  ASSERT_EQ(::chmod(base_.c_str(), 0711), 0);
  ASSERT_EQ(::mkdir((base_ + "/theirs").c_str(), 0777), 0);
  ASSERT_EQ(::chmod((base_ + "/theirs").c_str(), 0777), 0);
  constexpr uid_t kNobody = 65'534;
  EXPECT_EQ(in_child([&] {
              if (::setuid(kNobody) != 0) return 1;
              return system_->create_directories(base_ + "/theirs/log") ? 0 : 2;
            }),
            0);
  EXPECT_EQ(mode_of(base_ + "/theirs/log"), 0700U);
}

}  // namespace
}  // namespace seawall::storage
