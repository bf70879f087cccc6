#include "storage/file/object_files.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"

namespace seawall::storage {
namespace {

/// Files kept open; a log has about this many objects at most, and a process 1,024 descriptors.
constexpr std::size_t kOpenFilesMax = 64;

/// Nearly every state: a cold read of one is one system call.
constexpr std::uint64_t kUnjudgedBytesMax = std::uint64_t{64} << 10;

Result<void> check_size(const File& file, const std::string& file_name, std::uint64_t offset,
                        std::uint64_t length) {
  Result<std::uint64_t> size = file.size();
  if (!size) return std::unexpected(std::move(size.error()));
  if (offset <= *size && length <= *size - offset) return {};
  return std::unexpected(damage(file_name, *size, "the object is shorter than its index says"));
}

}  // namespace

Result<std::shared_ptr<const File>> ObjectFiles::open(const std::string& file_name) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = open_.find(file_name); found != open_.end()) return found->second;
  Result<std::unique_ptr<File>> file = directory_.open(file_name, OpenMode::kRead);
  if (!file && file.error().code == Errc::kExhausted && !open_.empty()) {
    // Files kept open for speed must not be what the process lacks descriptors for.
    open_.clear();
    file = directory_.open(file_name, OpenMode::kRead);
  }
  if (!file) {
    if (file.error().code != Errc::kNotFound) return std::unexpected(std::move(file.error()));
    return std::unexpected(damage(file_name, 0, "the object is missing"));
  }
  if (open_.size() >= kOpenFilesMax) open_.erase(open_.begin());
  return open_.emplace(file_name, std::move(*file)).first->second;
}

Result<std::string> ObjectFiles::get(std::string_view name, std::uint64_t offset,
                                     std::uint64_t length) {
  if (!is_object_name(name)) return std::unexpected(invalid_argument("not an object's name"));
  const std::string file_name = object_name(name);
  Result<std::shared_ptr<const File>> file = open(file_name);
  if (!file) return std::unexpected(std::move(file.error()));
  // A long one is judged by the size first: a length out of a damaged index must not be allocated.
  if (length > kUnjudgedBytesMax) {
    if (auto judged = check_size(**file, file_name, offset, length); !judged) {
      return std::unexpected(std::move(judged.error()));
    }
  }
  std::string bytes;
  UnreadableRanges unreadable;
  if (Result<void> read = read_readable(**file, offset, length, bytes, unreadable); !read) {
    return std::unexpected(std::move(read.error()));
  }
  if (std::optional<Error> cause = unreadable.find(offset, length)) {
    return std::unexpected(std::move(*cause));
  }
  if (bytes.size() == length) return bytes;
  if (auto judged = check_size(**file, file_name, offset, length); !judged) {
    return std::unexpected(std::move(judged.error()));
  }
  return std::unexpected(damage(file_name, offset, "the object ends early"));
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> ObjectFiles::list() const {
  Result<Inventory> inventory = take_inventory(directory_);
  if (!inventory) return std::unexpected(std::move(inventory.error()));
  std::vector<std::pair<std::string, std::uint64_t>> objects;
  for (const std::string& name : inventory->objects) {
    Result<FileStatus> status = directory_.status_of(object_name(name));
    // Removed since the name was read.
    if (!status && status.error().code == Errc::kNotFound) continue;
    if (!status) return std::unexpected(std::move(status.error()));
    objects.emplace_back(name, status->bytes);
  }
  return objects;
}

void ObjectFiles::forget(std::string_view name) {
  const std::lock_guard lock(mutex_);
  open_.erase(object_name(name));
}

}  // namespace seawall::storage
