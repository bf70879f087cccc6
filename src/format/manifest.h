#pragma once

/// \file
/// The engine's part of a manifest: which interpreter made the log, which checkpoint objects are
/// alive. The storage keeps these bytes and adds what it needs of its own.
///
///   manifest := magic "SEAWALLE", version u16, zero u16, features 3 x u32, interpreter id:bytes,
///               next object:varint, objects:varint object*, [quarantine], CRC-32C u32 of all
///               before
///   object   := number:varint bytes:varint footer checksum u32
///   quarantine := flags u8 (1 unknown clients, 2 repaired), damages:varint damage*; there with
///               incompatible feature 1, so that no older reader takes the log for a whole one
///   damage   := message:bytes file:bytes offset:varint begin LSN:varint end LSN:varint

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

#include "format/group.h"

namespace seawall::format {

inline constexpr std::string_view kManifestMagic = "SEAWALLE";
/// All of the engine's part in a log that a repair writes into, from the log's first manifest to
/// the one that completes the repair.
inline constexpr std::string_view kUnfinishedManifest = "SEAWALLU";
/// Long enough for an id that is a schema.
inline constexpr std::size_t kInterpreterIdBytesMax = 4096;

/// Largest number of an object: a round takes one or more, and none has run this often. It keeps
/// the next number from ever starting over.
inline constexpr std::uint64_t kObjectNumberMax = (std::uint64_t{1} << 63) - 1;

struct ManifestObject {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
  std::uint32_t footer_checksum = 0;
};

/// Damages a manifest lists at most.
inline constexpr std::size_t kQuarantineDamageMax = 100;

/// Some clients may have lost records (docs/design/0007-damage.md). Which: their entries say.
struct Quarantine {
  bool unknown_clients = false;  ///< Also everyone without an entry that is not flagged.
  bool repaired = false;         ///< The result of a repair: open for everyone who is whole.
  std::vector<Error> damage;     ///< What was found.
};

struct Manifest {
  std::string interpreter_id;
  std::uint64_t next_object = 1;
  std::vector<ManifestObject> objects;  ///< Ascending numbers; a later entry of a client wins.
  std::optional<Quarantine> quarantine{};
};

[[nodiscard]] std::string encode_manifest(const Manifest& manifest);
[[nodiscard]] std::expected<Manifest, GroupFault> decode_manifest(std::string_view bytes);

/// Returns the name of checkpoint object `number`: 20 digits, so that names sort by number.
[[nodiscard]] std::string checkpoint_name(std::uint64_t number);

/// Returns the number of the checkpoint object called `name`; nothing for any other name.
[[nodiscard]] std::optional<std::uint64_t> checkpoint_number(std::string_view name);

}  // namespace seawall::format
