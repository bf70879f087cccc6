#include "state/body_loader.h"

#include <expected>
#include <string_view>
#include <utility>

#include "seawall/error.h"

#include "format/checkpoint.h"

namespace seawall::state {

Result<StoredState> load_stored(BodyLoader& loader, std::string_view client,
                                const format::BodyPlace& body, const format::BodyPlace& base) {
  StoredState stored;
  if (body.object == 0) return stored;
  auto loaded = loader.load(client, body);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  stored.body = std::move(*loaded);
  stored.base_version = stored.body.body.base_version;
  stored.base = stored.body.body.base;
  if (base.object == 0) return stored;
  auto loaded_base = loader.load(client, base);
  if (!loaded_base) return std::unexpected(std::move(loaded_base.error()));
  stored.base_body = std::move(*loaded_base);
  stored.base_version = stored.base_body.body.base_version;
  stored.base = stored.base_body.body.base;
  return stored;
}

}  // namespace seawall::state
