// What happens between a group's write and the end of its flush: a checkpoint may be published just
// then, and the power may go right after it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "seawall/file_system_storage.h"

#include "storage/file/file_storage.h"
#include "storage/file/file_system.h"
#include "storage/file/simulated_file_system.h"
#include "unit/storage/test_log.h"

namespace seawall::storage::testing {
namespace {

const VolumeName kName{.base_dir = "/data", .service_name = "svc"};
constexpr FileSystemStorageOptions kSmall{
    .segment_bytes_min = 8192, .segment_bytes_max = 16384, .group_align_bytes = 64};

using Hook = std::function<void()>;

/// Calls a hook before each flush.
class HookedFile final : public File {
 public:
  HookedFile(std::unique_ptr<File> file, const Hook& hook) : file_(std::move(file)), hook_(hook) {}
  Result<std::string> read_at(std::uint64_t offset, std::uint64_t length) const override {
    return file_->read_at(offset, length);
  }
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return file_->write_at(offset, bytes);
  }
  Result<void> sync_data() override {
    if (hook_) hook_();
    return file_->sync_data();
  }
  Result<std::uint64_t> size() const override { return file_->size(); }
  Result<void> allocate(std::uint64_t length) override { return file_->allocate(length); }

 private:
  std::unique_ptr<File> file_;
  const Hook& hook_;
};

class HookedDirectory final : public Directory {
 public:
  HookedDirectory(std::unique_ptr<Directory> directory, const Hook& hook)
      : directory_(std::move(directory)), hook_(hook) {}
  Result<std::vector<DirectoryEntry>> list() const override { return directory_->list(); }
  Result<std::unique_ptr<File>> open(std::string_view name, OpenMode mode) override {
    auto file = directory_->open(name, mode);
    if (!file) return file;
    return std::make_unique<HookedFile>(std::move(*file), hook_);
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    return directory_->rename(from, to);
  }
  Result<void> unlink(std::string_view name) override { return directory_->unlink(name); }
  Result<void> sync() override { return directory_->sync(); }
  Result<std::unique_ptr<DirectoryLock>> try_lock() override { return directory_->try_lock(); }
  Result<bool> is_locked() override { return directory_->is_locked(); }
  Result<std::uint64_t> free_bytes() const override { return directory_->free_bytes(); }

 private:
  std::unique_ptr<Directory> directory_;
  const Hook& hook_;
};

class HookedFileSystem final : public FileSystem {
 public:
  explicit HookedFileSystem(std::shared_ptr<FileSystem> file_system)
      : file_system_(std::move(file_system)) {}
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override {
    auto directory = file_system_->open_directory(path);
    if (!directory) return directory;
    return std::make_unique<HookedDirectory>(std::move(*directory), hook);
  }
  Result<void> create_directories(const std::string& path) override {
    return file_system_->create_directories(path);
  }
  void sleep_us(std::uint64_t us) override { file_system_->sleep_us(us); }

  Hook hook;

 private:
  std::shared_ptr<FileSystem> file_system_;
};

// The group in flight may be the first of its segment. Until that is durable the segment before it
// may not be dropped, however little of it the checkpoint still needs: it says where the log ends.
TEST(FileInFlight, ACheckpointDuringAFlushLeavesAWholeLog) {
  const auto machine = std::make_shared<SimulatedFileSystem>();
  const auto hooked = std::make_shared<HookedFileSystem>(machine);
  auto log = TestLog::open(*make_file_storage(hooked, kSmall), kName);
  ASSERT_TRUE(log);
  std::uint64_t checks = 0;
  bool busy = false;
  hooked->hook = [&] {
    if (busy) return;
    busy = true;
    const Lsn next = log->end.next_lsn;
    ASSERT_TRUE((*log)->publish({.bytes = "m", .log_start = next}));
    for (const Survivor how : kPowerSafeSurvivors) {
      const auto copy = machine->fork();
      copy->power_cut(how);
      const auto after = TestLog::open(*make_file_storage(copy, kSmall), kName);
      ASSERT_TRUE(after) << to_string(after.error());
      ASSERT_GE(after->end.next_lsn, next);
      ++checks;
    }
    busy = false;
  };
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log->append({std::string(900, 'f')}));
    busy = true;
    ASSERT_TRUE((*log)->maintain(1));
    busy = false;
  }
  EXPECT_GT(checks, 200U);
}

}  // namespace
}  // namespace seawall::storage::testing
