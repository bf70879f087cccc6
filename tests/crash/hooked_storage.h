#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

namespace seawall::crash {

/// A call of a checkpoint round on its volume.
enum class RoundCall : std::uint8_t { kGet, kPut, kPublish, kRemove };

/// What a test does around the calls of a round. An error from `before` replaces the call's own
/// work and is its result.
struct VolumeHooks {
  std::function<Result<void>(RoundCall)> before = [](RoundCall) { return Result<void>{}; };
  std::function<void(RoundCall)> after = [](RoundCall) {};
  /// What `health` says from now on: the volume has met a write whose outcome is unknown.
  std::optional<Error> poisoned{};
};

/// A storage whose volumes call a test's hooks around what a round asks of them. The hooks outlive
/// the storage.
class HookedStorage final : public StorageInterface {
 public:
  HookedStorage(std::shared_ptr<StorageInterface> inner, VolumeHooks& hooks)
      : inner_(std::move(inner)), hooks_(hooks) {}

  [[nodiscard]] Result<std::unique_ptr<StorageVolume>> acquire(const VolumeName& name) override;
  [[nodiscard]] Result<std::unique_ptr<VolumeReader>> read(const VolumeName& name) override {
    return inner_->read(name);
  }

 private:
  std::shared_ptr<StorageInterface> inner_;
  VolumeHooks& hooks_;
};

}  // namespace seawall::crash
