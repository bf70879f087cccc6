#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"
#include "storage/file/posix_descriptor.h"

namespace seawall::storage {

/// Works on the directory it opened, wherever that is moved to.
class PosixDirectory final : public Directory {
 public:
  PosixDirectory(PosixDescriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  [[nodiscard]] Result<std::vector<DirectoryEntry>> list() const override;
  [[nodiscard]] Result<FileStatus> status_of(std::string_view name) const override;
  [[nodiscard]] Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override;
  [[nodiscard]] Result<void> rename(std::string_view from, std::string_view to) override;
  [[nodiscard]] Result<void> unlink(std::string_view name) override;
  [[nodiscard]] Result<void> sync() override;
  [[nodiscard]] Result<std::unique_ptr<DirectoryLock>> try_lock() override;
  [[nodiscard]] Result<bool> is_locked() override;
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override;
  [[nodiscard]] std::uint64_t file_bytes_max() const override;

 private:
  /// A second descriptor of the directory, with a file description of its own.
  [[nodiscard]] PosixDescriptor reopen() const;
  [[nodiscard]] Result<void> make_private(int file, const std::string& name);

  PosixDescriptor descriptor_;
  std::string path_;
};

}  // namespace seawall::storage
