#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "seawall/error.h"

#include "format/checkpoint.h"

namespace seawall::state {

/// A body read from a checkpoint object; `body` borrows from `bytes`.
struct LoadedBody {
  std::shared_ptr<const std::string> bytes;
  format::CheckpointBody body;
};

/// Reads bodies of checkpoints, so that this module need not know storage.
///
/// Thread safety: `load` may be called from any thread.
class BodyLoader {
 public:
  BodyLoader() = default;
  BodyLoader(const BodyLoader&) = delete;
  BodyLoader& operator=(const BodyLoader&) = delete;
  virtual ~BodyLoader() = default;

  /// Reads and checks `client`'s body at `place`. Errors: `kCorrupt` with file and offset, `kIo`.
  [[nodiscard]] virtual Result<LoadedBody> load(std::string_view client,
                                                const format::BodyPlace& place) = 0;
};

/// A client's whole checkpointed state: base and later deltas, wherever they lie.
struct StoredState {
  LoadedBody body;                 ///< Deltas, and the base unless `base_body` has it.
  LoadedBody base_body;            ///< Used when the base is elsewhere.
  std::uint32_t base_version = 0;  ///< 0: no base.
  std::string_view base;
};

/// Loads what `body` and `base` name. At most two reads.
[[nodiscard]] Result<StoredState> load_stored(BodyLoader& loader, std::string_view client,
                                              const format::BodyPlace& body,
                                              const format::BodyPlace& base);

}  // namespace seawall::state
