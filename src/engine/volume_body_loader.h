#pragma once

#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "format/checkpoint.h"
#include "state/body_loader.h"

namespace seawall::engine {

/// Reads checkpoint bodies from a volume.
class VolumeBodyLoader final : public state::BodyLoader {
 public:
  explicit VolumeBodyLoader(VolumeReader& volume) : volume_(volume) {}

  [[nodiscard]] Result<state::LoadedBody> load(std::string_view client,
                                               const format::BodyPlace& place) override;

 private:
  VolumeReader& volume_;
};

}  // namespace seawall::engine
