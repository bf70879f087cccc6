#include "format/manifest.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "seawall/error.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "format/group.h"

namespace seawall::format {
namespace {

constexpr std::size_t kObjectBytesMin = 6;
constexpr std::string_view kNamePrefix = "checkpoint-";
constexpr std::size_t kNameDigits = 20;

constexpr std::uint32_t kQuarantineFeature = 1;
constexpr unsigned kUnknownClientsFlag = 1;
constexpr unsigned kRepairedFlag = 2;

bool read_objects(base::Reader& reader, Manifest& manifest) {
  const std::uint64_t count = reader.varint();
  if (count > reader.remaining() / kObjectBytesMin) return false;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t number = reader.varint();
    const std::uint64_t bytes = reader.varint();
    const auto checksum = reader.le<std::uint32_t>();
    if (!reader.ok() || number <= last || number >= manifest.next_object) return false;
    last = number;
    manifest.objects.push_back({last, bytes, checksum});
  }
  return true;
}

void put_quarantine(std::string& out, const Quarantine& quarantine) {
  const unsigned flags = (quarantine.unknown_clients ? kUnknownClientsFlag : 0U) |
                         (quarantine.repaired ? kRepairedFlag : 0U);
  out.push_back(static_cast<char>(flags));
  base::put_varint(out, quarantine.damage.size());
  for (const Error& damage : quarantine.damage) {
    base::put_bytes(out, damage.message);
    base::put_bytes(out, damage.file);
    base::put_varint(out, damage.offset);
    base::put_varint(out, damage.begin_lsn);
    base::put_varint(out, damage.end_lsn);
  }
}

bool read_quarantine(base::Reader& reader, Manifest& manifest) {
  Quarantine& quarantine = manifest.quarantine.emplace();
  const auto flags = reader.le<std::uint8_t>();
  quarantine.unknown_clients = (flags & kUnknownClientsFlag) != 0;
  quarantine.repaired = (flags & kRepairedFlag) != 0;
  const std::uint64_t count = reader.varint();
  if (flags > (kUnknownClientsFlag | kRepairedFlag) || count > kQuarantineDamageMax) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    Error& damage = quarantine.damage.emplace_back();
    damage.code = Errc::kCorrupt;
    damage.message = reader.bytes();
    damage.file = reader.bytes();
    damage.offset = reader.varint();
    damage.begin_lsn = reader.varint();
    damage.end_lsn = reader.varint();
  }
  return reader.ok();
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string out(kManifestMagic);
  base::put_le(out, kFormatVersion);
  base::put_le(out, std::uint16_t{0});
  base::put_le(out, std::uint32_t{0});
  base::put_le(out, std::uint32_t{0});
  base::put_le(out, manifest.quarantine ? kQuarantineFeature : std::uint32_t{0});
  base::put_bytes(out, manifest.interpreter_id);
  base::put_varint(out, manifest.next_object);
  base::put_varint(out, manifest.objects.size());
  for (const ManifestObject& object : manifest.objects) {
    base::put_varint(out, object.number);
    base::put_varint(out, object.bytes);
    base::put_le(out, object.footer_checksum);
  }
  if (manifest.quarantine) put_quarantine(out, *manifest.quarantine);
  base::put_le(out, base::crc32c(out));
  return out;
}

std::expected<Manifest, GroupFault> decode_manifest(std::string_view bytes) {
  if (!bytes.starts_with(kManifestMagic)) return std::unexpected(GroupFault::kAbsent);
  if (bytes.size() < kManifestMagic.size() + sizeof(std::uint32_t)) {
    return std::unexpected(GroupFault::kDamaged);
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(std::uint32_t));
  if (base::crc32c(body) != base::load_le<std::uint32_t>(body.data() + body.size())) {
    return std::unexpected(GroupFault::kDamaged);
  }
  base::Reader reader(body.substr(kManifestMagic.size()));
  const auto version = reader.le<std::uint16_t>();
  reader.raw(sizeof(std::uint16_t) + sizeof(std::uint32_t));  // reserved; compatible features
  const auto read_only_features = reader.le<std::uint32_t>();
  const auto incompatible_features = reader.le<std::uint32_t>();
  if (version < kFormatVersionMin || version > kFormatVersion || read_only_features != 0 ||
      (incompatible_features & ~kQuarantineFeature) != 0) {
    return std::unexpected(GroupFault::kUnsupported);
  }
  Manifest manifest;
  manifest.interpreter_id = reader.bytes();
  const std::uint64_t next_object = reader.varint();
  if (next_object == 0 || next_object > kObjectNumberMax + 1 || manifest.interpreter_id.empty() ||
      manifest.interpreter_id.size() > kInterpreterIdBytesMax) {
    return std::unexpected(GroupFault::kDamaged);
  }
  manifest.next_object = next_object;
  if (!read_objects(reader, manifest)) return std::unexpected(GroupFault::kDamaged);
  if (incompatible_features != 0 && !read_quarantine(reader, manifest)) {
    return std::unexpected(GroupFault::kDamaged);
  }
  if (!reader.done()) return std::unexpected(GroupFault::kDamaged);
  return manifest;
}

std::string checkpoint_name(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kNamePrefix) + std::string(kNameDigits - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> checkpoint_number(std::string_view name) {
  if (name.size() != kNamePrefix.size() + kNameDigits || !name.starts_with(kNamePrefix)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kNamePrefix.size(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (number == 0 || number > kObjectNumberMax) return std::nullopt;
  return number;
}

}  // namespace seawall::format
