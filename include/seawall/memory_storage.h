#pragma once

/// \file
/// Logs in memory, for tests of programs that use Seawall.

#include <memory>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall {

/// Keeps every volume for as long as the storage object lives: closing and reopening a log on the
/// same object finds its state. Nothing survives the process.
class MemoryStorage final : public StorageInterface {
 public:
  MemoryStorage();
  ~MemoryStorage() override;

  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> acquire(const VolumeName& name) override;
  [[nodiscard]] Result<std::unique_ptr<VolumeReader>> read(const VolumeName& name) override;

 private:
  struct Volumes;
  std::shared_ptr<Volumes> volumes_;
};

}  // namespace seawall
