#include "storage/file/file_storage.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"

#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/file_volume.h"
#include "storage/file/file_volume_reader.h"
#include "storage/file/segment.h"

namespace seawall::storage {
namespace {

Result<void> check_options(const FileSystemStorageOptions& options) {
  if (!is_alignment(options.group_align_bytes)) {
    return std::unexpected(invalid_argument("group_align_bytes is 64 or 4096"));
  }
  const std::uint64_t floor =
      options.group_align_bytes < kPageBytes ? kSegmentBytesFloor : kAlignedSegmentBytesFloor;
  if (options.segment_bytes_min < floor || options.segment_bytes_min % kPageBytes != 0 ||
      options.segment_bytes_max < options.segment_bytes_min ||
      options.segment_bytes_max > kSegmentBytesLimit) {
    return std::unexpected(invalid_argument(
        "segment_bytes_min is a multiple of 4096, at least 8192 (12288 with aligned groups), "
        "and segment_bytes_max is not below it"));
  }
  return {};
}

Result<std::string> path_of(const VolumeName& name) {
  if (!is_service_name(name.service_name)) {
    return std::unexpected(
        invalid_argument("a service name is one path component of [A-Za-z0-9._-], not dots only"));
  }
  if (name.base_dir.empty() || name.base_dir.find('\0') != std::string::npos) {
    return std::unexpected(invalid_argument("base_dir is not a path"));
  }
  return name.base_dir + "/" + name.service_name;
}

class FileStorage final : public StorageInterface {
 public:
  FileStorage(std::shared_ptr<FileSystem> file_system, FileSystemStorageOptions options)
      : file_system_(std::move(file_system)), options_(options) {}

  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> acquire(const VolumeName& name) override {
    Result<std::unique_ptr<Directory>> directory = open_to_write(name);
    if (!directory) return std::unexpected(std::move(directory.error()));
    return FileVolume::acquire(file_system_, std::move(*directory), options_);
  }

  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> create(const VolumeName& name,
                                                              std::string_view bytes) override {
    Result<std::unique_ptr<Directory>> directory = open_to_write(name);
    if (!directory) return std::unexpected(std::move(directory.error()));
    return FileVolume::create(file_system_, std::move(*directory), options_, bytes);
  }

  [[nodiscard]] Result<std::unique_ptr<VolumeReader>> read(const VolumeName& name) override {
    Result<std::string> path = path_of(name);
    if (!path) return std::unexpected(std::move(path.error()));
    Result<std::unique_ptr<Directory>> directory = file_system_->open_directory(*path);
    if (!directory) {
      if (directory.error().code == Errc::kNotFound) {
        directory.error().message = "there is no log at " + *path + "; a writer creates one";
      }
      return std::unexpected(std::move(directory.error()));
    }
    return FileVolumeReader::open(std::move(*directory));
  }

 private:
  /// Opens the directory of `name`, made if missing.
  Result<std::unique_ptr<Directory>> open_to_write(const VolumeName& name) {
    if (Result<void> good = check_options(options_); !good) {
      return std::unexpected(std::move(good.error()));
    }
    Result<std::string> path = path_of(name);
    if (!path) return std::unexpected(std::move(path.error()));
    if (Result<void> made = file_system_->create_directories(*path); !made) {
      return std::unexpected(std::move(made.error()));
    }
    return file_system_->open_directory(*path);
  }

  std::shared_ptr<FileSystem> file_system_;
  FileSystemStorageOptions options_;
};

}  // namespace

std::shared_ptr<StorageInterface> make_file_storage(std::shared_ptr<FileSystem> file_system,
                                                    FileSystemStorageOptions options) {
  return std::make_shared<FileStorage>(std::move(file_system), options);
}

}  // namespace seawall::storage

namespace seawall {

FileSystemStorage::FileSystemStorage(FileSystemStorageOptions options) : options_(options) {}
FileSystemStorage::~FileSystemStorage() = default;

Result<std::unique_ptr<StorageVolume>> FileSystemStorage::acquire(const VolumeName& name) {
  return storage::make_file_storage(storage::posix_file_system(), options_)->acquire(name);
}

Result<std::unique_ptr<StorageVolume>> FileSystemStorage::create(const VolumeName& name,
                                                                 std::string_view bytes) {
  return storage::make_file_storage(storage::posix_file_system(), options_)->create(name, bytes);
}

Result<std::unique_ptr<VolumeReader>> FileSystemStorage::read(const VolumeName& name) {
  return storage::make_file_storage(storage::posix_file_system(), options_)->read(name);
}

}  // namespace seawall
