#include "posix_files.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "engine.h"

namespace seawall::bench {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr std::uint64_t kStatBlockBytes = 512;  // st_blocks counts these, whatever st_blksize says

[[noreturn]] void fail_errno(std::string_view call) {
  fail(std::string(call) + ": " + std::error_code(errno, std::generic_category()).message());
}

}  // namespace

Descriptor::Descriptor(const std::string& path, int flags)
    : fd_(::open(path.c_str(), flags | O_CLOEXEC, kFileMode)) {
  if (fd_ < 0) fail_errno("open " + path);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void Descriptor::write_at(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) fail_errno("pwrite");
    offset += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Descriptor::sync_data() const {
  if (::fdatasync(fd_) != 0) fail_errno("fdatasync");
}

void Descriptor::sync() const {
  if (::fsync(fd_) != 0) fail_errno("fsync");
}

std::uint64_t disk_bytes(const std::string& dir) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    struct stat status{};
    if (::lstat(entry.path().c_str(), &status) == 0)
      bytes += static_cast<std::uint64_t>(status.st_blocks) * kStatBlockBytes;
  }
  return bytes;
}

}  // namespace seawall::bench
