#include "seawall/memory_storage.h"

#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/log_id.h"
#include "storage/memory/memory_volume.h"

namespace seawall {

struct MemoryStorage::Volumes {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<storage::MemoryLog>> logs;
};

MemoryStorage::MemoryStorage() : volumes_(std::make_shared<Volumes>()) {}
MemoryStorage::~MemoryStorage() = default;

Result<std::unique_ptr<StorageVolume>> MemoryStorage::acquire(const VolumeName& name) {
  if (name.service_name.empty()) {
    Error error;
    error.code = Errc::kInvalidArgument;
    error.message = "a service name is one path component of [A-Za-z0-9._-], not dots only";
    return std::unexpected(std::move(error));
  }
  const std::lock_guard lock(volumes_->mutex);
  auto& log = volumes_->logs[{name.base_dir, name.service_name}];
  if (!log) {
    Result<LogId> log_id = storage::random_log_id();
    if (!log_id) return std::unexpected(std::move(log_id.error()));
    log = std::make_shared<storage::MemoryLog>();
    log->log_id = *log_id;
  }
  const std::lock_guard log_lock(log->mutex);
  if (log->has_writer) {
    Error error;
    error.code = Errc::kLocked;
    error.message = "another object of this process owns the log; close it first";
    return std::unexpected(std::move(error));
  }
  auto volume = std::make_unique<storage::MemoryVolume>(log, Epoch{log->epoch.value + 1});
  log->has_writer = true;
  ++log->epoch.value;
  return volume;
}

Result<std::unique_ptr<VolumeReader>> MemoryStorage::read(const VolumeName& name) {
  const std::lock_guard lock(volumes_->mutex);
  const auto found = volumes_->logs.find({name.base_dir, name.service_name});
  if (found == volumes_->logs.end() || !found->second || !found->second->completed) {
    Error error;
    error.code = Errc::kNotFound;
    error.message = "there is no log; a writer creates one";
    return std::unexpected(std::move(error));
  }
  return std::make_unique<storage::MemoryVolume>(found->second->snapshot(), Epoch{});
}

}  // namespace seawall
