#include "storage/file/segment.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>

#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "storage/file/file_names.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

constexpr std::string_view kIdentityMagic = "SEAWALLS";
constexpr std::string_view kStartMagic = "SWST";
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint64_t kLocationShift = 32;

bool all_zeros(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

}  // namespace

std::string encode_identity(const LogId& log_id, const SegmentInfo& info, bool recycled) {
  std::string out(kIdentityMagic);
  base::put_le(out, kFormatVersion);
  base::put_le(out, static_cast<std::uint16_t>(recycled ? 1 : 0));
  base::put_le(out, std::uint32_t{0});  // compatible features
  base::put_le(out, std::uint32_t{0});  // incompatible features
  out.append(id_bytes(log_id));
  base::put_le(out, info.number);
  base::put_le(out, info.bytes);
  base::put_le(out, info.align_bytes);
  out.resize(kIdentityBytes - kChecksumBytes);
  base::put_le(out, base::crc32c(out));
  return out;
}

std::expected<bool, BlockFault> check_identity(std::string_view bytes, const LogId& log_id,
                                               const SegmentInfo& info) {
  if (bytes.size() != kIdentityBytes || !bytes.starts_with(kIdentityMagic) ||
      base::load_le<std::uint32_t>(bytes.data() + kIdentityBytes - kChecksumBytes) !=
          base::crc32c(bytes.substr(0, kIdentityBytes - kChecksumBytes))) {
    return std::unexpected(BlockFault{});
  }
  base::Reader reader(bytes.substr(kIdentityMagic.size()));
  const auto version = reader.le<std::uint16_t>();
  const bool recycled = reader.le<std::uint16_t>() != 0;
  reader.le<std::uint32_t>();
  const auto incompatible = reader.le<std::uint32_t>();
  if (version < kFormatVersionMin || version > kFormatVersion || incompatible != 0) {
    return std::unexpected(BlockFault{.unsupported = true, .version = version});
  }
  const bool same_log = reader.raw(log_id.size()) == id_bytes(log_id);
  const SegmentInfo found{.number = reader.le<std::uint64_t>(),
                          .bytes = reader.le<std::uint64_t>(),
                          .align_bytes = reader.le<std::uint32_t>()};
  if (!same_log || found != info) return std::unexpected(BlockFault{});
  return recycled;
}

std::string encode_start(const LogId& log_id, const StartBlock& start) {
  std::string out(kStartMagic);
  base::put_le(out, std::uint16_t{0});
  base::put_le(out, start.copied_groups);
  base::put_le(out, start.segment_number);
  base::put_le(out, start.epoch.value);
  base::put_le(out, start.first_group);
  base::put_le(out, start.first_lsn.value);
  base::put_le(out, start.copied_end.value);
  base::put_le(out, start.previous_retention_us);
  base::put_le(out, start.previous_checksum);
  base::put_le(out, base::crc32c(out, base::crc32c(id_bytes(log_id))));
  return out;
}

std::expected<StartBlock, StartFault> decode_start(std::string_view bytes, const LogId& log_id,
                                                   std::uint64_t segment_number) {
  if (bytes.size() == kStartBytes && all_zeros(bytes)) return std::unexpected(StartFault::kZeros);
  if (bytes.size() != kStartBytes || !bytes.starts_with(kStartMagic) ||
      base::load_le<std::uint32_t>(bytes.data() + kStartBytes - kChecksumBytes) !=
          base::crc32c(bytes.substr(0, kStartBytes - kChecksumBytes),
                       base::crc32c(id_bytes(log_id)))) {
    return std::unexpected(StartFault::kBad);
  }
  base::Reader reader(bytes.substr(kStartMagic.size()));
  StartBlock start;
  reader.le<std::uint16_t>();
  start.copied_groups = reader.le<std::uint16_t>();
  start.segment_number = reader.le<std::uint64_t>();
  start.epoch = Epoch{reader.le<std::uint64_t>()};
  start.first_group = reader.le<std::uint64_t>();
  start.first_lsn = Lsn{reader.le<std::uint64_t>()};
  start.copied_end = Lsn{reader.le<std::uint64_t>()};
  start.previous_retention_us = reader.le<std::uint64_t>();
  start.previous_checksum = reader.le<std::uint32_t>();
  if (start.segment_number < segment_number) return std::unexpected(StartFault::kStale);
  if (start.segment_number != segment_number || start.first_group == 0 ||
      start.first_lsn.value == 0 || start.copied_end < start.first_lsn) {
    return std::unexpected(StartFault::kBad);
  }
  return start;
}

Location make_location(std::uint64_t segment_number, std::uint64_t offset) {
  return Location{(segment_number << kLocationShift) | (offset / kGroupStep)};
}

Place place_of(Location location) {
  const std::uint64_t step = location.value & ((std::uint64_t{1} << kLocationShift) - 1);
  return {.file = segment_name(location.value >> kLocationShift), .offset = step * kGroupStep};
}

}  // namespace seawall::storage
