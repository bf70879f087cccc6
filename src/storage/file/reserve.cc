#include "storage/file/reserve.h"

#include <cerrno>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "seawall/error.h"

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/new_file.h"
#include "storage/file/poison.h"

namespace seawall::storage {

std::uint64_t reserve_bytes(std::uint64_t segment_bytes_min) {
  return segment_bytes_min + segment_bytes_min / 4;
}

Result<void> make_reserve(Directory& directory, std::uint64_t bytes, Poison& poison) {
  Result<std::uint64_t> free_bytes = directory.free_bytes();
  if (!free_bytes) return std::unexpected(std::move(free_bytes.error()));
  if (*free_bytes < bytes) return std::unexpected(no_space(bytes, *free_bytes));
  Result<std::unique_ptr<NewFile>> file = NewFile::create(directory, kReserveName, &poison);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> filled = (*file)->fill_zeros(bytes); !filled) return filled;
  Result<std::unique_ptr<File>> published = (*file)->publish();
  if (!published) return std::unexpected(std::move(published.error()));
  return {};
}

bool drop_reserve(Directory& directory) {
  return directory.unlink(kReserveName).has_value();
}

Error no_space(std::uint64_t bytes, std::uint64_t free_bytes) {
  Error error;
  error.code = Errc::kNoSpace;
  error.os_errno = ENOSPC;
  error.message = "the disk has " + std::to_string(free_bytes) + " bytes free and the log needs " +
                  std::to_string(bytes) + " more; free space, then call again";
  return error;
}

}  // namespace seawall::storage
