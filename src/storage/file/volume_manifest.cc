#include "storage/file/volume_manifest.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/readable_bytes.h"
#include "storage/file/segment.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

constexpr std::string_view kVolumeManifestMagic = "SEAWALLM";
constexpr std::size_t kTrailerBytes = 4;
constexpr std::size_t kSegmentEntryBytes = 20;

bool read_segments(base::Reader& reader, std::uint32_t count, VolumeManifest& manifest) {
  if (count > reader.remaining() / kSegmentEntryBytes) return false;
  manifest.segments.reserve(count);
  std::uint64_t previous = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const SegmentInfo info{.number = reader.le<std::uint64_t>(),
                           .bytes = reader.le<std::uint64_t>(),
                           .align_bytes = reader.le<std::uint32_t>()};
    if (!is_alignment(info.align_bytes) || info.capacity() > info.bytes ||
        info.number <= previous || info.number >= manifest.next_segment ||
        info.bytes < kSegmentBytesFloor || info.bytes > kSegmentBytesLimit) {
      return false;
    }
    previous = info.number;
    manifest.segments.push_back(info);
  }
  return true;
}

}  // namespace

std::string encode_volume_manifest(const VolumeManifest& manifest) {
  std::string out(kVolumeManifestMagic);
  base::put_le(out, kFormatVersion);
  base::put_le(out, std::uint16_t{0});
  base::put_le(out, std::uint32_t{0});
  base::put_le(out, std::uint32_t{0});
  base::put_le(out, std::uint32_t{0});
  out.append(id_bytes(manifest.log_id));
  base::put_le(out, manifest.number);
  base::put_le(out, manifest.epoch.value);
  base::put_le(out, manifest.log_start.value);
  base::put_le(out, manifest.durable.value);
  base::put_le(out, manifest.next_segment);
  base::put_le(out, static_cast<std::uint32_t>(manifest.segments.size()));
  base::put_le(out, std::uint64_t{manifest.engine_bytes.size()});
  for (const SegmentInfo& info : manifest.segments) {
    base::put_le(out, info.number);
    base::put_le(out, info.bytes);
    base::put_le(out, info.align_bytes);
  }
  out.append(manifest.engine_bytes);
  base::put_le(out, base::crc32c(out));
  return out;
}

std::expected<VolumeManifest, BlockFault> decode_volume_manifest(std::string_view bytes,
                                                                 std::uint64_t number) {
  const std::size_t body_bytes = bytes.size() - kTrailerBytes;
  if (bytes.size() < kVolumeManifestMagic.size() + kTrailerBytes ||
      !bytes.starts_with(kVolumeManifestMagic) ||
      base::load_le<std::uint32_t>(bytes.data() + body_bytes) !=
          base::crc32c(bytes.substr(0, body_bytes))) {
    return std::unexpected(BlockFault{});
  }
  base::Reader reader(bytes.substr(0, body_bytes).substr(kVolumeManifestMagic.size()));
  const auto version = reader.le<std::uint16_t>();
  reader.le<std::uint16_t>();
  reader.le<std::uint32_t>();
  const auto read_only_compatible = reader.le<std::uint32_t>();
  const auto incompatible = reader.le<std::uint32_t>();
  if (version < kFormatVersionMin || version > kFormatVersion || incompatible != 0 ||
      read_only_compatible != 0) {
    return std::unexpected(BlockFault{.unsupported = true, .version = version});
  }
  VolumeManifest manifest;
  manifest.log_id = id_from(reader.raw(manifest.log_id.size()));
  manifest.number = reader.le<std::uint64_t>();
  manifest.epoch = Epoch{reader.le<std::uint64_t>()};
  manifest.log_start = Lsn{reader.le<std::uint64_t>()};
  manifest.durable = Lsn{reader.le<std::uint64_t>()};
  manifest.next_segment = reader.le<std::uint64_t>();
  if (manifest.next_segment > kSegmentNumberLimit) return std::unexpected(BlockFault{});
  const auto segments = reader.le<std::uint32_t>();
  const auto engine_bytes = reader.le<std::uint64_t>();
  if (!read_segments(reader, segments, manifest)) return std::unexpected(BlockFault{});
  manifest.engine_bytes = reader.raw(engine_bytes);
  if (!reader.done() || manifest.number != number) return std::unexpected(BlockFault{});
  return manifest;
}

Result<std::string> read_volume_manifest(Directory& directory, std::uint64_t number) {
  Result<std::unique_ptr<File>> file = directory.open(manifest_name(number), OpenMode::kRead);
  if (!file) return std::unexpected(std::move(file.error()));
  Result<std::uint64_t> size = (*file)->size();
  if (!size) return std::unexpected(std::move(size.error()));
  if (*size > kVolumeManifestBytesMax) {
    return std::unexpected(damage(manifest_name(number), 0,
                                  "the manifest is " + std::to_string(*size) +
                                      " bytes long, and none is longer than " +
                                      std::to_string(kVolumeManifestBytesMax)));
  }
  std::string bytes;
  UnreadableRanges unreadable;
  if (Result<void> read = read_readable(**file, 0, *size, bytes, unreadable); !read) {
    return std::unexpected(std::move(read.error()));
  }
  if (std::optional<Error> cause = unreadable.find(0, *size)) {
    return std::unexpected(std::move(*cause));
  }
  return bytes;
}

}  // namespace seawall::storage
