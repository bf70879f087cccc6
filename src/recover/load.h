#pragma once

/// \file
/// Recovery: what each client is, from the manifest, the checkpoints' indexes and the log after
/// them. Reads only; whether a torn tail is cut or damage is reported was decided by the storage
/// (its tail table), what each operation does by state/operation_rule.h.

#include <cstdint>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "checkpoint/object_table.h"
#include "format/manifest.h"
#include "state/client_table.h"
#include "state/tail.h"

namespace seawall::recover {

struct Recovered {
  format::Manifest manifest;
  bool is_new = false;  ///< No manifest of the engine's yet.
  ChainEnd chain;
  std::uint64_t records = 0;  ///< Replayed from the log.
  std::uint64_t torn_bytes = 0;
};

struct Target {
  state::ClientTable& table;
  state::Tail& tail;
  checkpoint::ObjectTable& objects;
};

/// Whether the log is read in a thread of its own while checkpoints are loaded, which a storage
/// must allow.
enum class Reading : std::uint8_t { kInTurn, kAhead };

/// Loads a log into `target`. `interpreter_id` empty accepts any. Errors: `kInvalidArgument`
/// another interpreter made the log; `kCorrupt`, `kUnsupported`, `kIo`.
[[nodiscard]] Result<Recovered> load(VolumeReader& volume, std::string_view interpreter_id,
                                     Target target, Reading reading = Reading::kInTurn);

/// Returns the engine's part of the volume's manifest. Errors: `kUnfinished` where a repair into
/// the log was cut off, `kCorrupt`, `kUnsupported`.
[[nodiscard]] Result<format::Manifest> read_manifest(VolumeReader& volume);

}  // namespace seawall::recover
