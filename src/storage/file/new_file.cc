#include "storage/file/new_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "base/exceptions.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/poison.h"

namespace seawall::storage {
NewFile::NewFile(Directory& directory, std::string_view name, Poison* poison)
    : directory_(directory), name_(name), temporary_(temporary_name(name)), poison_(poison) {}

NewFile::~NewFile() {
  if (!file_) return;
  file_.reset();
  // Best effort: what stays behind under a temporary name is removed by the next open.
  static_cast<void>(base::catching([&] { return directory_.unlink(temporary_); }).has_value());
}

Result<std::unique_ptr<NewFile>> NewFile::create(Directory& directory, std::string_view name,
                                                 Poison* poison) {
  std::unique_ptr<NewFile> made(new NewFile(directory, name, poison));
  if (Result<void> may = made->allowed(); !may) {
    return std::unexpected(std::move(may.error()));
  }
  Result<std::unique_ptr<File>> file = directory.open(made->temporary_, OpenMode::kCreateExclusive);
  if (!file && file.error().os_errno == EEXIST) {
    // Left by a crash; only its writer could still use it, and that one held the lock before us.
    if (Result<void> removed = directory.unlink(made->temporary_); !removed) {
      return std::unexpected(std::move(removed.error()));
    }
    file = directory.open(made->temporary_, OpenMode::kCreateExclusive);
  }
  if (!file) return std::unexpected(std::move(file.error()));
  made->file_ = std::move(*file);
  return made;
}

Result<std::unique_ptr<NewFile>> NewFile::adopt(Directory& directory, std::string_view temporary,
                                                std::string_view name, Poison* poison) {
  std::unique_ptr<NewFile> made(new NewFile(directory, name, poison));
  made->temporary_ = temporary;
  if (Result<void> may = made->allowed(); !may) {
    return std::unexpected(std::move(may.error()));
  }
  Result<std::unique_ptr<File>> file = directory.open(temporary, OpenMode::kReadWrite);
  if (!file) return std::unexpected(std::move(file.error()));
  made->file_ = std::move(*file);
  return made;
}

Result<void> NewFile::write(std::uint64_t offset, std::string_view bytes) {
  do {
    const std::string_view piece = bytes.substr(0, std::min(kPieceBytes, bytes.size()));
    if (Result<void> may = allowed(); !may) return may;
    Result<void> written = file_->write_at(offset, piece);
    if (written) written = file_->sync_data();
    if (!written) return std::unexpected(judge(std::move(written.error())));
    offset += piece.size();
    bytes.remove_prefix(piece.size());
  } while (!bytes.empty());
  return {};
}

Result<void> NewFile::fill_zeros(std::uint64_t bytes) {
  if (Result<void> may = allowed(); !may) return may;
  file_->overwrite_in_place();
  if (Result<void> allocated = file_->allocate(bytes); !allocated) {
    return std::unexpected(judge(std::move(allocated.error())));
  }
  const std::string zeros(std::min(bytes, kPieceBytes), '\0');
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size()) {
    const std::uint64_t length = std::min<std::uint64_t>(zeros.size(), bytes - offset);
    if (Result<void> written = write(offset, std::string_view(zeros).substr(0, length)); !written) {
      return written;
    }
  }
  return {};
}

Result<std::unique_ptr<File>> NewFile::publish() {
  if (Result<void> may = allowed(); !may) return std::unexpected(std::move(may.error()));
  if (Result<void> done = directory_.rename(temporary_, name_); !done) {
    return std::unexpected(judge(std::move(done.error())));
  }
  std::unique_ptr<File> file = std::move(file_);
  // The name may or may not be there, and a flush that failed once is not to be trusted again, so
  // even a lack of space is no longer a matter of trying again.
  if (Result<void> synced = directory_.sync(); !synced) {
    return std::unexpected(poisoned_by(std::move(synced.error())));
  }
  return file;
}

Result<void> NewFile::allowed() const {
  if (poison_ == nullptr) return {};
  return poison_->check();
}

// What ran short had no effect, or one on a file that is dropped. Any other failure says that the
// device may have lost more than the bytes of this file, which no open file would ever hear of.
Error NewFile::judge(Error error) const {
  const bool ran_short = error.code == Errc::kNoSpace || error.code == Errc::kExhausted;
  return ran_short ? std::move(error) : poisoned_by(std::move(error));
}

Error NewFile::poisoned_by(Error error) const {
  error.code = Errc::kIo;
  if (poison_ != nullptr) poison_->set(error);
  return error;
}

Result<void> create_file(Directory& directory, std::string_view name, std::string_view bytes) {
  Result<std::unique_ptr<NewFile>> file = NewFile::create(directory, name);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> written = (*file)->write(0, bytes); !written) return written;
  Result<std::unique_ptr<File>> published = (*file)->publish();
  if (!published) return std::unexpected(std::move(published.error()));
  return {};
}

}  // namespace seawall::storage
