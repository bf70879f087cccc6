#pragma once

/// \file
/// A file system with hooks before and behind its calls, for tests that force what is otherwise a
/// matter of luck.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage::testing {

/// Each may be empty. A hook may call back into the file system.
struct Hooks {
  std::function<void()> before_flush;
  std::function<void(std::string_view name)> before_read;
  std::function<void(std::string_view name)> before_write;
  std::function<void(std::vector<DirectoryEntry>&)> listed;  ///< May change what the listing shows.
  std::function<void(bool&)> asked_for_lock;                 ///< May change the answer.
};

class HookedFile final : public File {
 public:
  HookedFile(std::unique_ptr<File> file, std::string_view name, std::shared_ptr<Hooks> hooks)
      : file_(std::move(file)), name_(name), hooks_(std::move(hooks)) {}
  Result<std::string> read_at(std::uint64_t offset, std::uint64_t length) const override {
    if (hooks_->before_read) hooks_->before_read(name_);
    return file_->read_at(offset, length);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    if (hooks_->before_write) hooks_->before_write(name_);
    return file_->write_at(offset, bytes);
  }
  Result<void> sync_data() override {
    if (hooks_->before_flush) hooks_->before_flush();
    return file_->sync_data();
  }
  Result<std::uint64_t> size() const override { return file_->size(); }
  Result<void> allocate(std::uint64_t length) override { return file_->allocate(length); }

 private:
  std::unique_ptr<File> file_;
  std::string name_;
  std::shared_ptr<Hooks> hooks_;
};

class HookedDirectory final : public Directory {
 public:
  HookedDirectory(std::unique_ptr<Directory> directory, std::shared_ptr<Hooks> hooks)
      : directory_(std::move(directory)), hooks_(std::move(hooks)) {}
  Result<std::vector<DirectoryEntry>> list() const override {
    auto entries = directory_->list();
    if (entries && hooks_->listed) hooks_->listed(*entries);
    return entries;
  }
  Result<FileStatus> status_of(std::string_view name) const override {
    return directory_->status_of(name);
  }
  Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override {
    auto file = directory_->open(name, mode);
    if (!file) return file;
    return std::make_unique<HookedFile>(std::move(*file), name, hooks_);
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    return directory_->rename(from, to);
  }
  Result<void> unlink(std::string_view name) override { return directory_->unlink(name); }
  Result<void> sync() override { return directory_->sync(); }
  Result<std::unique_ptr<DirectoryLock>> try_lock() override { return directory_->try_lock(); }
  Result<bool> is_locked() override {
    auto locked = directory_->is_locked();
    if (locked && hooks_->asked_for_lock) hooks_->asked_for_lock(*locked);
    return locked;
  }
  Result<std::uint64_t> free_bytes() const override { return directory_->free_bytes(); }
  std::uint64_t file_bytes_max() const override { return directory_->file_bytes_max(); }

 private:
  std::unique_ptr<Directory> directory_;
  std::shared_ptr<Hooks> hooks_;
};

class HookedFileSystem final : public FileSystem {
 public:
  explicit HookedFileSystem(std::shared_ptr<FileSystem> file_system)
      : file_system_(std::move(file_system)) {}
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override {
    auto directory = file_system_->open_directory(path);
    if (!directory) return directory;
    return std::make_unique<HookedDirectory>(std::move(*directory), hooks_);
  }
  Result<void> create_directories(const std::string& path) override {
    return file_system_->create_directories(path);
  }
  void sleep_us(std::uint64_t us) override { file_system_->sleep_us(us); }

  [[nodiscard]] Hooks& hooks() { return *hooks_; }

 private:
  std::shared_ptr<FileSystem> file_system_;
  std::shared_ptr<Hooks> hooks_ = std::make_shared<Hooks>();
};

}  // namespace seawall::storage::testing
