#include "engine/log_view.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "recover/load.h"

namespace seawall::engine {
namespace {

// A view is read once from end to end; little of it is asked for twice.
constexpr std::size_t kLiveStateBytesMax = std::size_t{64} << 20;

}  // namespace

LogView::LogView(std::unique_ptr<VolumeReader> reader)
    : volume(std::move(reader)), loader(*volume), states(table, loader, kLiveStateBytesMax) {}

Result<std::unique_ptr<LogView>> load_view(StorageInterface& storage, const VolumeName& name,
                                           const std::string& interpreter_id) {
  return retry_while_changing([&]() -> Result<std::unique_ptr<LogView>> {
    auto volume = storage.read(name);
    if (!volume) return std::unexpected(std::move(volume.error()));
    auto view = std::make_unique<LogView>(std::move(*volume));
    auto recovered =
        recover::load(*view->volume, interpreter_id, {view->table, view->tail, view->objects});
    if (!recovered) return std::unexpected(std::move(recovered.error()));
    view->recovered = std::move(*recovered);
    return view;
  });
}

}  // namespace seawall::engine
