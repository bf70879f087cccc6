#include "engine/log_view.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "engine/rebuild.h"
#include "recover/load.h"
#include "recover/salvage.h"

namespace seawall::engine {
namespace {

// A view is read once from end to end; little of it is asked for twice.
constexpr std::size_t kLiveStateBytesMax = std::size_t{64} << 20;

Result<std::unique_ptr<LogView>> open_view(StorageInterface& storage, const VolumeName& name) {
  auto volume = storage.read(name);
  if (!volume) return std::unexpected(std::move(volume.error()));
  return std::make_unique<LogView>(std::move(*volume));
}

Result<void> load_sound(LogView& view, const std::string& interpreter_id, DamagePolicy policy) {
  auto recovered =
      recover::load(*view.volume, interpreter_id, {view.table, view.tail, view.objects});
  if (!recovered) return std::unexpected(std::move(recovered.error()));
  view.recovered = std::move(*recovered);
  return accept_quarantine(view.recovered, policy);
}

Result<void> load_damaged(LogView& view, const std::string& interpreter_id) {
  auto salvaged = recover::salvage(*view.volume, interpreter_id,
                                   {view.table, view.tail, view.objects}, view.loader);
  if (!salvaged) return std::unexpected(std::move(salvaged.error()));
  view.recovered = std::move(salvaged->recovered);
  view.damage = std::move(salvaged->damage);
  return {};
}

}  // namespace

LogView::LogView(std::unique_ptr<VolumeReader> reader)
    : volume(std::move(reader)), loader(*volume), states(table, loader, kLiveStateBytesMax) {}

Result<std::unique_ptr<LogView>> load_view(StorageInterface& storage, const VolumeName& name,
                                           const std::string& interpreter_id, DamagePolicy policy) {
  return retry_while_changing([&]() -> Result<std::unique_ptr<LogView>> {
    auto view = open_view(storage, name);
    if (!view) return view;
    auto loaded = policy == DamagePolicy::kQuarantine ? load_damaged(**view, interpreter_id)
                                                      : load_sound(**view, interpreter_id, policy);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    return view;
  });
}

}  // namespace seawall::engine
