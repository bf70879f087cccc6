#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/os_error.h"
#include "storage/file/posix_descriptor.h"
#include "storage/file/posix_directory.h"

namespace seawall::storage {
namespace {

constexpr mode_t kPrivateDirectory = 0700;

PosixDescriptor open_directory_at(int at, const std::string& path, int flags = O_RDONLY) {
  return PosixDescriptor(retry_interrupted(
      [&] { return ::openat(at, path.c_str(), flags | O_DIRECTORY | O_CLOEXEC); }));
}

/// Opens a directory on the way; one that may be passed through but not read is enough for that.
PosixDescriptor open_on_the_way(int at, const std::string& path) {
  PosixDescriptor directory = open_directory_at(at, path);
  if (directory.valid() || errno != EACCES) return directory;
  return open_directory_at(at, path, O_PATH);
}

/// Makes directory `name` in `parent`, private whatever the umask; returns 0 or an errno.
int make_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), kPrivateDirectory) != 0) return errno;
  // The umask may have taken the owner's bits. The name is ours: mkdir does not follow links.
  if (::fchmodat(parent, name.c_str(), kPrivateDirectory, 0) != 0) return errno;
  return 0;
}

/// Makes the entries of `parent` durable; returns 0 or an errno. An old entry is synced as well:
/// who made it may have died in between. If its parent cannot be synced at all, it was not made
/// here.
int sync_entries(int parent, bool made) {
  if (::fsync(parent) == 0) return 0;
  const bool cannot = errno == EBADF || errno == EINVAL || errno == EROFS;
  return cannot && !made ? 0 : errno;
}

/// Steps from `parent` into `name`, made if missing; returns an invalid descriptor with errno set
/// on failure.
PosixDescriptor descend(const PosixDescriptor& parent, const std::string& name) {
  const int made = make_directory(parent.number(), name);
  PosixDescriptor directory = open_on_the_way(parent.number(), name);
  if (!directory.valid()) {
    if (made != 0 && made != EEXIST) errno = made;
    return directory;
  }
  const int synced = sync_entries(parent.number(), made == 0);
  if (synced != 0) directory = PosixDescriptor();
  errno = synced;
  return directory;
}

class PosixFileSystem final : public FileSystem {
 public:
  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) override {
    PosixDescriptor descriptor = open_directory_at(AT_FDCWD, path);
    if (!descriptor.valid()) return std::unexpected(os_error(errno, "open directory", path));
    return std::make_unique<PosixDirectory>(std::move(descriptor), path);
  }

  [[nodiscard]] Result<void> create_directories(const std::string& path) override {
    PosixDescriptor at = open_on_the_way(AT_FDCWD, path.starts_with('/') ? "/" : ".");
    std::size_t begin = 0;
    while (at.valid() && begin < path.size()) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      if (end > begin) at = descend(at, path.substr(begin, end - begin));
      begin = end + 1;
    }
    if (!at.valid()) return std::unexpected(os_error(errno, "create directory", path));
    return {};
  }

  void sleep_us(std::uint64_t us) override {
    std::this_thread::sleep_for(std::chrono::microseconds(us));
  }
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() {
  return std::make_shared<PosixFileSystem>();
}

}  // namespace seawall::storage
