#pragma once

/// \file
/// Logs in local directories, the default storage.

#include <cstdint>
#include <memory>
#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall {

/// Options of `FileSystemStorage`. They affect files made from now on.
struct FileSystemStorageOptions {
  /// First segment's size in bytes, a multiple of 4 KiB. Default 1 MiB, so that `open` never waits
  /// for more zero-filling.
  std::uint64_t segment_bytes_min = std::uint64_t{1} << 20;

  /// Largest size segments grow to, by doubling. Default 64 MiB.
  std::uint64_t segment_bytes_max = std::uint64_t{64} << 20;

  /// Groups start at multiples of this: 64, or 4,096 for devices that may tear a sector they
  /// overwrite (docs/guarantees.md, D1). Default 64.
  std::uint32_t group_align_bytes = 64;
};

/// One directory per log, `base_dir/service_name`, mode 0700, files 0600.
///
/// Assumes that a flush reaches the medium, and a file system that keeps flock between processes:
/// ext4, xfs, btrfs, tmpfs do, NFS is not supported.
class FileSystemStorage final : public StorageInterface {
 public:
  explicit FileSystemStorage(FileSystemStorageOptions options = {});
  ~FileSystemStorage() override;

  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> acquire(const VolumeName& name) override;
  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> create(const VolumeName& name,
                                                              std::string_view bytes) override;
  [[nodiscard]] Result<std::unique_ptr<VolumeReader>> read(const VolumeName& name) override;

 private:
  FileSystemStorageOptions options_;
};

}  // namespace seawall
