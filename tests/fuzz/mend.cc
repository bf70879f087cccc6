#include "fuzz/mend.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "format/group.h"
#include "format/manifest.h"
#include "storage/file/file_names.h"
#include "storage/file/simulated_file_system.h"
#include "storage/file/volume_manifest.h"

namespace seawall::fuzz {
namespace {

constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kMarkSlotBytes = 128;

/// Writes the checksum of the block at `begin` into its last 4 bytes; returns it.
std::uint32_t mend_block(std::string& bytes, std::size_t begin, std::size_t length,
                         std::uint32_t seed = 0) {
  if (length < kChecksumBytes || bytes.size() < length || begin > bytes.size() - length) return 0;
  const std::size_t guarded = length - kChecksumBytes;
  const std::uint32_t crc = base::crc32c(std::string_view(bytes).substr(begin, guarded), seed);
  base::store_le(bytes.data() + begin + guarded, crc);
  return crc;
}

/// Mends the frames at `begin`, as far as their lengths lead; returns the checksum of their heads.
std::uint32_t mend_frames(std::string& bytes, std::size_t begin, std::size_t end) {
  std::uint32_t heads = 0;
  while (end - begin >= format::kFrameHeadBytes) {
    char* const head = bytes.data() + begin;
    const auto length = base::load_le<std::uint32_t>(head);
    const std::string_view rest(head + format::kFrameHeadBytes,
                                end - begin - format::kFrameHeadBytes);
    const std::string_view payload = rest.substr(0, length);
    base::store_le(head + kChecksumBytes,
                   base::crc32c(payload, base::crc32c({head, kChecksumBytes})));
    heads = base::crc32c({head, format::kFrameHeadBytes}, heads);
    begin += format::kFrameHeadBytes + payload.size();
  }
  return heads;
}

/// Mends every group and chains it to the one before it in the file.
void mend_groups(std::string& bytes, std::size_t begin) {
  constexpr std::size_t kFramesBytesAt = 72;
  constexpr std::size_t kPreviousAt = 96;
  constexpr std::size_t kFramesChecksumAt = 100;
  std::optional<std::uint32_t> previous;
  for (std::size_t at = begin; at + format::kGroupHeaderBytes <= bytes.size(); at += kBlockBytes) {
    if (!std::string_view(bytes).substr(at).starts_with(format::kGroupMagic)) continue;
    const std::size_t frames = at + format::kGroupHeaderBytes;
    const std::size_t length = std::min<std::uint64_t>(
        base::load_le<std::uint64_t>(bytes.data() + at + kFramesBytesAt), bytes.size() - frames);
    base::store_le(bytes.data() + at + kFramesChecksumAt,
                   mend_frames(bytes, frames, frames + length));
    if (previous) base::store_le(bytes.data() + at + kPreviousAt, *previous);
    previous = mend_block(bytes, at, format::kGroupHeaderBytes);
  }
}

void mend_segment(std::string& bytes, const LogId& log_id) {
  constexpr std::size_t kStartAt = 4032;
  mend_block(bytes, 0, kBlockBytes);
  const std::string_view id(reinterpret_cast<const char*>(log_id.data()), log_id.size());
  mend_block(bytes, kStartAt, kBlockBytes, base::crc32c(id));
  mend_groups(bytes, kStartAt + kBlockBytes);
}

/// Mends header, index and footer; returns the footer's checksum. Bodies are judged by their own
/// fuzzer: their checksum is seeded with what the index says of them.
std::uint32_t mend_object(std::string& bytes) {
  constexpr std::size_t kIndexBytesAt = 8;
  constexpr std::size_t kIndexChecksumAt = 24;
  if (bytes.size() < 2 * kBlockBytes) return 0;
  mend_block(bytes, 0, kBlockBytes);
  const std::size_t footer = bytes.size() - kBlockBytes;
  const auto offset = base::load_le<std::uint64_t>(bytes.data() + footer);
  const auto length = base::load_le<std::uint64_t>(bytes.data() + footer + kIndexBytesAt);
  if (offset <= footer && length <= footer - offset) {
    base::store_le(bytes.data() + footer + kIndexChecksumAt,
                   base::crc32c(std::string_view(bytes).substr(offset, length)));
  }
  return mend_block(bytes, footer, kBlockBytes);
}

/// The engine's bytes within a manifest end in a checksum of their own.
void mend_engine_bytes(std::string& manifest) {
  const std::size_t begin = manifest.find(format::kManifestMagic);
  if (begin == std::string::npos || manifest.size() - begin < kChecksumBytes) return;
  mend_block(manifest, begin, manifest.size() - kChecksumBytes - begin);
}

/// The newest manifest, if it can be read.
std::optional<storage::VolumeManifest> manifest_of(const storage::SimulatedFileSystem& machine,
                                                   const std::string& directory) {
  for (const std::string& name : machine.names(directory)) {
    const storage::FileName file = storage::classify(name);
    if (file.kind != storage::FileKind::kManifest) continue;
    const auto manifest =
        storage::decode_volume_manifest(machine.bytes(directory, name), file.number);
    if (manifest) return *manifest;
  }
  return std::nullopt;
}

/// Lets the manifest say of an object what is now true of it.
void mend_manifest_entry(storage::SimulatedFileSystem& machine, const std::string& directory,
                         std::string_view name, std::uint64_t bytes,
                         std::uint32_t footer_checksum) {
  std::optional<storage::VolumeManifest> volume = manifest_of(machine, directory);
  if (!volume) return;
  auto engine = format::decode_manifest(volume->engine_bytes);
  if (!engine) return;
  for (auto& object : engine->objects) {
    if (!name.ends_with(std::to_string(object.number))) continue;
    object.bytes = bytes;
    object.footer_checksum = footer_checksum;
  }
  volume->engine_bytes = format::encode_manifest(*engine);
  machine.set_bytes(directory, storage::manifest_name(volume->number),
                    storage::encode_volume_manifest(*volume));
}

}  // namespace

void mend(storage::SimulatedFileSystem& machine, const std::string& directory,
          const std::string& name) {
  std::string bytes = machine.bytes(directory, name);
  std::uint32_t footer_checksum = 0;
  const storage::FileKind kind = storage::classify(name).kind;
  switch (kind) {
    case storage::FileKind::kManifest:
      mend_engine_bytes(bytes);
      mend_block(bytes, 0, bytes.size());
      break;
    case storage::FileKind::kDirectory:
      mend_block(bytes, 0, bytes.size());
      break;
    case storage::FileKind::kSegment: {
      const auto manifest = manifest_of(machine, directory);
      mend_segment(bytes, manifest ? manifest->log_id : LogId{});
      break;
    }
    case storage::FileKind::kMark:
      for (std::size_t at = 0; at < bytes.size(); at += kMarkSlotBytes) {
        if (bytes[at] != 0) mend_block(bytes, at, kMarkSlotBytes);
      }
      break;
    case storage::FileKind::kObject:
      footer_checksum = mend_object(bytes);
      break;
    default:
      return;
  }
  machine.set_bytes(directory, name, bytes);
  if (kind == storage::FileKind::kObject) {
    mend_manifest_entry(machine, directory, name, bytes.size(), footer_checksum);
  }
}

}  // namespace seawall::fuzz
