#include "storage/file/file_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "seawall/error.h"

#include "storage/file/damage.h"
#include "storage/file/file_system.h"

namespace seawall::storage {
namespace {

constexpr std::string_view kManifestPrefix = "manifest-";
constexpr std::string_view kSegmentPrefix = "segment-";
constexpr std::string_view kDirectoryPrefix = "directory-";
constexpr std::string_view kRecycledPrefix = "recycled-";
constexpr int kDecimal = 10;
constexpr int kHexadecimal = 16;
constexpr std::size_t kManifestDigits = 20;
constexpr std::size_t kSegmentDigits = 16;
constexpr std::size_t kObjectNameBytesMax = 64;
constexpr std::size_t kServiceNameBytesMax = 255;

std::string numbered(std::string_view prefix, std::uint64_t number, int base, std::size_t digits) {
  std::array<char, kManifestDigits> text{};
  const auto end = std::to_chars(text.begin(), text.end(), number, base).ptr;
  const auto length = static_cast<std::size_t>(end - text.begin());
  std::string name(prefix);
  name.append(digits - length, '0');
  name.append(text.data(), length);
  return name;
}

std::optional<std::uint64_t> number_after(std::string_view name, std::string_view prefix,
                                          int base) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, base);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

FileName classify_numbered(std::string_view name) {
  if (const auto number = number_after(name, kManifestPrefix, kDecimal)) {
    if (manifest_name(*number) == name) return {FileKind::kManifest, *number};
  }
  if (const auto number = number_after(name, kSegmentPrefix, kHexadecimal)) {
    if (segment_name(*number) == name) return {FileKind::kSegment, *number};
  }
  if (const auto number = number_after(name, kDirectoryPrefix, kHexadecimal)) {
    if (directory_name(*number) == name) return {FileKind::kDirectory, *number};
  }
  return {};
}

/// Only files that are made under a temporary name have one, and freed segments.
bool is_temporary(std::string_view name) {
  if (!name.ends_with(kTemporarySuffix)) return false;
  name.remove_suffix(kTemporarySuffix.size());
  const bool is_recycled = name.starts_with(kRecycledPrefix);
  if (is_recycled) name.remove_prefix(kRecycledPrefix.size());
  switch (classify(name).kind) {
    case FileKind::kSegment:
      return true;
    case FileKind::kMark:
    case FileKind::kReserve:
    case FileKind::kManifest:
    case FileKind::kDirectory:
    case FileKind::kObject:
      return !is_recycled;
    case FileKind::kPid:
    case FileKind::kTemporary:
    case FileKind::kForeign:
      break;
  }
  return false;
}

void count_in(Inventory& inventory, const DirectoryEntry& entry, const FileName& file) {
  switch (file.kind) {
    case FileKind::kManifest:
      inventory.manifests.insert(file.number);
      break;
    case FileKind::kSegment:
      inventory.segments.insert(file.number);
      break;
    case FileKind::kDirectory:
      inventory.directories.insert(file.number);
      break;
    case FileKind::kObject:
      inventory.objects.insert(entry.name.substr(kObjectPrefix.size()));
      break;
    case FileKind::kMark:
      inventory.has_mark = true;
      break;
    case FileKind::kReserve:
      inventory.has_reserve = true;
      break;
    case FileKind::kTemporary:
      inventory.temporaries.push_back(entry.name);
      break;
    case FileKind::kForeign:
      inventory.foreign.push_back(entry.name);
      break;
    case FileKind::kPid:
      break;
  }
}

}  // namespace

FileName classify(std::string_view name) {
  if (name == kPidName) return {FileKind::kPid, 0};
  if (name == kMarkName) return {FileKind::kMark, 0};
  if (name == kReserveName) return {FileKind::kReserve, 0};
  if (is_temporary(name)) return {FileKind::kTemporary, 0};
  if (name.starts_with(kObjectPrefix) && is_object_name(name.substr(kObjectPrefix.size()))) {
    return {FileKind::kObject, 0};
  }
  return classify_numbered(name);
}

std::string manifest_name(std::uint64_t number) {
  return numbered(kManifestPrefix, number, kDecimal, kManifestDigits);
}

std::string segment_name(std::uint64_t number) {
  return numbered(kSegmentPrefix, number, kHexadecimal, kSegmentDigits);
}

std::string directory_name(std::uint64_t number) {
  return numbered(kDirectoryPrefix, number, kHexadecimal, kSegmentDigits);
}

std::string object_name(std::string_view name) {
  return std::string(kObjectPrefix).append(name);
}

std::string temporary_name(std::string_view name) {
  return std::string(name).append(kTemporarySuffix);
}

std::string recycled_name(std::uint64_t segment_number) {
  return std::string(kRecycledPrefix).append(temporary_name(segment_name(segment_number)));
}

bool is_object_name(std::string_view name) {
  return !name.empty() && name.size() <= kObjectNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return is_lower_alphanumeric(c) || c == '-'; });
}

bool is_service_name(std::string_view name) {
  const auto allowed = [](char c) {
    return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kServiceNameBytesMax &&
         std::ranges::all_of(name, allowed) &&
         std::ranges::any_of(name, [](char c) { return c != '.'; });
}

Result<Inventory> take_inventory(const Directory& directory) {
  Result<std::vector<DirectoryEntry>> entries = directory.list();
  if (!entries) return std::unexpected(std::move(entries.error()));
  Inventory inventory;
  for (const DirectoryEntry& entry : *entries) {
    const FileName file = classify(entry.name);
    if (file.kind != FileKind::kForeign && !entry.is_regular) {
      return std::unexpected(
          foreign(entry.name, "the log's file " + entry.name + " is not a regular file"));
    }
    count_in(inventory, entry, file);
  }
  return inventory;
}

}  // namespace seawall::storage
