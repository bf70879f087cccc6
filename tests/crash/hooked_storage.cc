#include "crash/hooked_storage.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

namespace seawall::crash {
namespace {

class HookedVolume final : public StorageVolume {
 public:
  HookedVolume(std::unique_ptr<StorageVolume> inner, VolumeHooks& hooks)
      : inner_(std::move(inner)), hooks_(hooks) {}

  [[nodiscard]] Result<std::string> get(std::string_view name, std::uint64_t offset,
                                        std::uint64_t length) override {
    return around(RoundCall::kGet, [&] { return inner_->get(name, offset, length); });
  }
  [[nodiscard]] Result<void> put(std::string_view name, std::string_view bytes) override {
    return around(RoundCall::kPut, [&] { return inner_->put(name, bytes); });
  }
  [[nodiscard]] Result<void> publish(const ManifestUpdate& update) override {
    return around(RoundCall::kPublish, [&] { return inner_->publish(update); });
  }
  void remove(const std::vector<std::string>& names) override {
    ignore(around(RoundCall::kRemove, [&] {
      inner_->remove(names);
      return Result<void>{};
    }));
  }

  [[nodiscard]] LogId log_id() const override { return inner_->log_id(); }
  [[nodiscard]] PublishedManifest manifest() const override { return inner_->manifest(); }
  [[nodiscard]] Result<std::unique_ptr<GroupScan>> scan() override { return inner_->scan(); }
  [[nodiscard]] Result<std::unique_ptr<SalvageScan>> salvage() override {
    return inner_->salvage();
  }
  [[nodiscard]] std::string object_file(std::string_view name) const override {
    return inner_->object_file(name);
  }
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::uint64_t>>> list() override {
    return inner_->list();
  }
  [[nodiscard]] Place describe(Location location) const override {
    return inner_->describe(location);
  }
  [[nodiscard]] VolumeStats stats() const override { return inner_->stats(); }
  [[nodiscard]] Epoch epoch() const override { return inner_->epoch(); }
  [[nodiscard]] Result<void> start(const ChainEnd& end) override { return inner_->start(end); }
  [[nodiscard]] Result<void> restart(const ChainEnd& end, const ManifestUpdate& update) override {
    return inner_->restart(end, update);
  }
  [[nodiscard]] Result<Location> append(std::string_view group) override {
    return inner_->append(group);
  }
  [[nodiscard]] std::uint64_t group_bytes_hint() const override {
    return inner_->group_bytes_hint();
  }
  [[nodiscard]] std::uint64_t group_align_bytes() const override {
    return inner_->group_align_bytes();
  }
  [[nodiscard]] std::uint64_t room(std::uint64_t group_bytes_max) const override {
    return inner_->room(group_bytes_max);
  }
  [[nodiscard]] Result<void> make_room(std::uint64_t bytes,
                                       std::uint64_t group_bytes_max) override {
    return inner_->make_room(bytes, group_bytes_max);
  }
  [[nodiscard]] bool wants_checkpoint() const override { return inner_->wants_checkpoint(); }
  [[nodiscard]] Result<void> maintain(std::uint64_t now_us) override {
    return inner_->maintain(now_us);
  }
  [[nodiscard]] Result<void> health() const override {
    if (hooks_.poisoned) return std::unexpected(*hooks_.poisoned);
    return inner_->health();
  }
  [[nodiscard]] Result<void> close() override { return inner_->close(); }

 private:
  static void ignore(const Result<void>& /*result*/) {}

  template <class Call>
  auto around(RoundCall call, Call work) -> decltype(work()) {
    if (auto before = hooks_.before(call); !before) {
      return std::unexpected(std::move(before.error()));
    }
    auto result = work();
    hooks_.after(call);
    return result;
  }

  std::unique_ptr<StorageVolume> inner_;
  VolumeHooks& hooks_;
};

}  // namespace

Result<std::unique_ptr<StorageVolume>> HookedStorage::acquire(const VolumeName& name) {
  auto volume = inner_->acquire(name);
  if (!volume) return volume;
  return std::make_unique<HookedVolume>(std::move(*volume), hooks_);
}

}  // namespace seawall::crash
