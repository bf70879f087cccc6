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

#include "storage/file/file_names.h"
#include "storage/file/file_system.h"

namespace seawall::storage {
namespace {

Result<void> allowed(const Permit& permit) {
  if (!permit) return {};
  return permit();
}

}  // namespace

NewFile::NewFile(Directory& directory, std::string_view name, Permit permit)
    : directory_(directory),
      name_(name),
      temporary_(temporary_name(name)),
      permit_(std::move(permit)) {}

NewFile::~NewFile() {
  if (!file_) return;
  file_.reset();
  // Best effort: what stays behind under a temporary name is removed by the next open.
  const Result<void> removed = directory_.unlink(temporary_);
  static_cast<void>(removed);
}

Result<std::unique_ptr<NewFile>> NewFile::create(Directory& directory, std::string_view name,
                                                 Permit permit) {
  std::unique_ptr<NewFile> made(new NewFile(directory, name, std::move(permit)));
  if (Result<void> may = allowed(made->permit_); !may) {
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
                                                std::string_view name, Permit permit) {
  std::unique_ptr<NewFile> made(new NewFile(directory, name, std::move(permit)));
  made->temporary_ = temporary;
  if (Result<void> may = allowed(made->permit_); !may) {
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
    if (Result<void> may = allowed(permit_); !may) return may;
    if (Result<void> written = file_->write_at(offset, piece); !written) return written;
    if (Result<void> synced = file_->sync_data(); !synced) return synced;
    offset += piece.size();
    bytes.remove_prefix(piece.size());
  } while (!bytes.empty());
  return {};
}

Result<void> NewFile::fill_zeros(std::uint64_t bytes) {
  if (Result<void> may = allowed(permit_); !may) return may;
  if (Result<void> allocated = file_->allocate(bytes); !allocated) return allocated;
  const std::string zeros(std::min(bytes, kPieceBytes), '\0');
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size()) {
    const std::uint64_t length = std::min<std::uint64_t>(zeros.size(), bytes - offset);
    if (Result<void> written = write(offset, std::string_view(zeros).substr(0, length)); !written) {
      return written;
    }
  }
  return {};
}

Result<std::unique_ptr<File>> NewFile::publish(bool& renamed) {
  if (Result<void> may = allowed(permit_); !may) return std::unexpected(std::move(may.error()));
  if (Result<void> done = directory_.rename(temporary_, name_); !done) {
    // A full directory refuses the name; of any other failure nothing is known.
    renamed = done.error().code != Errc::kNoSpace;
    return std::unexpected(std::move(done.error()));
  }
  renamed = true;
  std::unique_ptr<File> file = std::move(file_);
  if (Result<void> synced = directory_.sync(); !synced) {
    return std::unexpected(std::move(synced.error()));
  }
  return file;
}

Result<void> create_file(Directory& directory, std::string_view name, std::string_view bytes) {
  Result<std::unique_ptr<NewFile>> file = NewFile::create(directory, name);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> written = (*file)->write(0, bytes); !written) return written;
  bool renamed = false;
  Result<std::unique_ptr<File>> published = (*file)->publish(renamed);
  if (!published) return std::unexpected(std::move(published.error()));
  return {};
}

}  // namespace seawall::storage
