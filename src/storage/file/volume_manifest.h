#pragma once

/// \file
/// A manifest: which files make up the log, and the engine's own bytes. Numbered and create-only;
/// the highest number counts, lower ones are what a crash left behind (docs/format-files.md).
///
///   offset size field                  offset size field
///        0    8 magic "SEAWALLM"           48    8 epoch
///        8    2 format version             56    8 log start LSN
///       10    2 zero                       64    8 durable LSN when written
///       12    4 compatible features        72    8 next segment number
///       16    4 read-only compatible       80    4 segments
///       20    4 incompatible features      84    8 length of the engine's bytes
///       24   16 log id                     92      {u64 number, u64 bytes, u32 align}*
///       40    8 number                             the engine's bytes
///                                                  u32 CRC-32C of all before

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_system.h"
#include "storage/file/segment.h"

namespace seawall::storage {

/// No manifest is longer: enough for millions of checkpoint objects. A longer file is damage and is
/// not read.
inline constexpr std::uint64_t kVolumeManifestBytesMax = std::uint64_t{64} << 20;

struct VolumeManifest {
  LogId log_id{};
  std::uint64_t number = 0;
  Epoch epoch;  ///< Of the writer that last completed `start`.
  Lsn log_start{1};
  Lsn durable;                        ///< What the writer knew to be durable.
  std::uint64_t next_segment = 1;     ///< Above every segment number given out.
  std::vector<SegmentInfo> segments;  ///< Sealed, active, prepared; ascending numbers.
  std::string engine_bytes;
};

[[nodiscard]] std::string encode_volume_manifest(const VolumeManifest& manifest);

/// Reads a manifest that must carry `number`.
[[nodiscard]] std::expected<VolumeManifest, BlockFault> decode_volume_manifest(
    std::string_view bytes, std::uint64_t number);

/// Reads the whole of manifest file `number` in `directory`. Errors: `kCorrupt` when it is longer
/// than any manifest; `kNotFound`, `kIo`.
[[nodiscard]] Result<std::string> read_volume_manifest(Directory& directory, std::uint64_t number);

}  // namespace seawall::storage
