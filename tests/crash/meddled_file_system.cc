#include "crash/meddled_file_system.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::crash {
namespace {

using storage::Directory;
using storage::DirectoryEntry;
using storage::DirectoryLock;
using storage::File;
using storage::FileSystem;
using storage::OpenMode;

class FileInBetween final : public File {
 public:
  FileInBetween(std::unique_ptr<File> file, Directory& directory, std::string_view name,
                std::shared_ptr<Meddler> meddler)
      : file_(std::move(file)),
        meddler_(std::move(meddler)),
        at_{.name = std::string(name), .directory = directory, .file = *file_} {}
  [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                            std::uint64_t length) const override {
    return meddler_->read(at_, offset, length);
  }
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return meddler_->write(at_, offset, bytes);
  }
  [[nodiscard]] Result<void> sync_data() override { return meddler_->sync(at_); }
  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }
  [[nodiscard]] Result<void> allocate(std::uint64_t length) override {
    return file_->allocate(length);
  }

 private:
  std::unique_ptr<File> file_;
  std::shared_ptr<Meddler> meddler_;
  mutable MeddledFile at_;
};

class DirectoryInBetween final : public Directory {
 public:
  DirectoryInBetween(std::unique_ptr<Directory> directory, std::shared_ptr<Meddler> meddler)
      : directory_(std::move(directory)), meddler_(std::move(meddler)) {}
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list() const override {
    return directory_->list();
  }
  [[nodiscard]] Result<storage::FileStatus> status_of(std::string_view name) const override {
    return directory_->status_of(name);
  }
  [[nodiscard]] Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override {
    auto file = directory_->open(name, mode);
    if (!file) return file;
    return std::make_unique<FileInBetween>(std::move(*file), *directory_, name, meddler_);
  }
  [[nodiscard]] Result<void> rename(std::string_view from, std::string_view to) override {
    return directory_->rename(from, to);
  }
  [[nodiscard]] Result<void> unlink(std::string_view name) override {
    return meddler_->unlink(*directory_, name);
  }
  [[nodiscard]] Result<void> sync() override { return meddler_->sync_names(*directory_); }
  [[nodiscard]] Result<std::unique_ptr<DirectoryLock>> try_lock() override {
    return directory_->try_lock();
  }
  [[nodiscard]] Result<bool> is_locked() override { return directory_->is_locked(); }
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override {
    return directory_->free_bytes();
  }
  [[nodiscard]] std::uint64_t file_bytes_max() const override {
    return directory_->file_bytes_max();
  }

 private:
  std::unique_ptr<Directory> directory_;
  std::shared_ptr<Meddler> meddler_;
};

class FileSystemInBetween final : public FileSystem {
 public:
  FileSystemInBetween(std::shared_ptr<FileSystem> machine, std::shared_ptr<Meddler> meddler)
      : machine_(std::move(machine)), meddler_(std::move(meddler)) {}
  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) override {
    auto directory = machine_->open_directory(path);
    if (!directory) return directory;
    return std::make_unique<DirectoryInBetween>(std::move(*directory), meddler_);
  }
  [[nodiscard]] Result<void> create_directories(const std::string& path) override {
    return machine_->create_directories(path);
  }
  void sleep_us(std::uint64_t us) override { machine_->sleep_us(us); }

 private:
  std::shared_ptr<FileSystem> machine_;
  std::shared_ptr<Meddler> meddler_;
};

}  // namespace

std::shared_ptr<FileSystem> meddled(std::shared_ptr<FileSystem> machine,
                                    std::shared_ptr<Meddler> meddler) {
  return std::make_shared<FileSystemInBetween>(std::move(machine), std::move(meddler));
}

}  // namespace seawall::crash
