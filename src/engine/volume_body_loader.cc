#include "engine/volume_body_loader.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "checkpoint/index.h"
#include "format/checkpoint.h"
#include "format/manifest.h"
#include "state/body_loader.h"

namespace seawall::engine {

Result<state::LoadedBody> VolumeBodyLoader::load(std::string_view client,
                                                 const format::BodyPlace& place) {
  auto bytes = volume_.get(format::checkpoint_name(place.object), place.offset, place.length);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  state::LoadedBody loaded{std::make_shared<const std::string>(std::move(*bytes)), {}};
  auto body = format::decode_checkpoint_body(*loaded.bytes, volume_.log_id(), client, place);
  if (!body) {
    return std::unexpected(checkpoint::object_error(volume_, body.error(), place.object,
                                                    place.offset, "a client's state"));
  }
  loaded.body = std::move(*body);
  return loaded;
}

}  // namespace seawall::engine
