#include "crash/lying_file_system.h"

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

enum class Lie : std::uint8_t { kFlush, kDirectorySync };

class LyingFile final : public File {
 public:
  LyingFile(std::unique_ptr<File> file, Lie lie) : file_(std::move(file)), lie_(lie) {}
  [[nodiscard]] Result<std::string> read_at(std::uint64_t offset,
                                            std::uint64_t length) const override {
    return file_->read_at(offset, length);
  }
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return file_->write_at(offset, bytes);
  }
  [[nodiscard]] Result<void> sync_data() override {
    if (lie_ == Lie::kFlush) return {};
    return file_->sync_data();
  }
  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }
  [[nodiscard]] Result<void> allocate(std::uint64_t length) override {
    return file_->allocate(length);
  }

 private:
  std::unique_ptr<File> file_;
  Lie lie_;
};

class LyingDirectory final : public Directory {
 public:
  LyingDirectory(std::unique_ptr<Directory> directory, Lie lie)
      : directory_(std::move(directory)), lie_(lie) {}
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list() const override {
    return directory_->list();
  }
  [[nodiscard]] Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override {
    auto file = directory_->open(name, mode);
    if (!file) return file;
    return std::make_unique<LyingFile>(std::move(*file), lie_);
  }
  [[nodiscard]] Result<void> rename(std::string_view from, std::string_view to) override {
    return directory_->rename(from, to);
  }
  [[nodiscard]] Result<void> unlink(std::string_view name) override {
    return directory_->unlink(name);
  }
  [[nodiscard]] Result<void> sync() override {
    if (lie_ == Lie::kDirectorySync) return {};
    return directory_->sync();
  }
  [[nodiscard]] Result<std::unique_ptr<DirectoryLock>> try_lock() override {
    return directory_->try_lock();
  }
  [[nodiscard]] Result<bool> is_locked() override { return directory_->is_locked(); }
  [[nodiscard]] Result<std::uint64_t> free_bytes() const override {
    return directory_->free_bytes();
  }

 private:
  std::unique_ptr<Directory> directory_;
  Lie lie_;
};

class LyingFileSystem final : public FileSystem {
 public:
  LyingFileSystem(std::shared_ptr<FileSystem> machine, Lie lie)
      : machine_(std::move(machine)), lie_(lie) {}
  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) override {
    auto directory = machine_->open_directory(path);
    if (!directory) return directory;
    return std::make_unique<LyingDirectory>(std::move(*directory), lie_);
  }
  [[nodiscard]] Result<void> create_directories(const std::string& path) override {
    return machine_->create_directories(path);
  }
  void sleep_us(std::uint64_t us) override { machine_->sleep_us(us); }

 private:
  std::shared_ptr<FileSystem> machine_;
  Lie lie_;
};

}  // namespace

std::shared_ptr<FileSystem> without_flushes(std::shared_ptr<FileSystem> machine) {
  return std::make_shared<LyingFileSystem>(std::move(machine), Lie::kFlush);
}

std::shared_ptr<FileSystem> without_directory_syncs(std::shared_ptr<FileSystem> machine) {
  return std::make_shared<LyingFileSystem>(std::move(machine), Lie::kDirectorySync);
}

}  // namespace seawall::crash
