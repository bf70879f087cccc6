#include "storage/file/segment_directory.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <map>
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
#include "format/group.h"
#include "format/record.h"
#include "storage/file/damage.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/segment.h"
#include "storage/file/segment_bytes.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

constexpr std::string_view kDirectoryMagic = "SEAWALLD";
constexpr std::size_t kTrailerBytes = 4;

/// A directory is an aid to a message, so it may not cost more than this.
constexpr std::uint64_t kDirectoryBytesMax = std::uint64_t{4} << 20;

/// Clients named in a message; the file has them all.
constexpr std::size_t kNamedClients = 5;

/// Rough cost of an entry's numbers.
constexpr std::uint64_t kEntryOverhead = 24;
constexpr std::uint64_t kTextOverhead = 2;

/// The key that made a directory full: its names and id, and their numbers.
constexpr std::uint64_t kLastKeyBytesMax = 3 * kNameBytesMax + 2 * kEntryOverhead + kTextOverhead;

// Adds `id`, joining it to the ranges beside it.
bool add_integer(std::map<std::uint64_t, std::uint64_t>& ranges, std::uint64_t id) {
  auto next = ranges.upper_bound(id);
  if (next != ranges.begin() && std::prev(next)->second >= id) return false;
  std::uint64_t last = id;
  if (next != ranges.end() && next->first == id + 1) {
    last = next->second;
    next = ranges.erase(next);
  }
  if (next != ranges.begin() && std::prev(next)->second + 1 == id) {
    std::prev(next)->second = last;
    return false;
  }
  ranges.emplace(id, last);
  return true;
}

void add_key(SegmentDirectory& directory, const format::KeyView& key) {
  if (directory.bytes > kDirectoryBytesMax) {
    directory.truncated = true;
    return;
  }
  auto [entry, is_new] =
      directory.entries.try_emplace(std::pair(std::string(key.client), std::string(key.producer)));
  if (is_new) directory.bytes += key.client.size() + key.producer.size() + kEntryOverhead;
  ++entry->second.operations;
  if (key.id.is_integer() && add_integer(entry->second.integers, key.id.integer())) {
    directory.bytes += kEntryOverhead;
  }
  if (key.id.is_text() && entry->second.texts.insert(key.id.text()).second) {
    directory.bytes += key.id.text().size() + kTextOverhead;
  }
}

void put_entry(std::string& out, const std::pair<std::string, std::string>& key,
               const DirectoryIds& ids) {
  base::put_bytes(out, key.first);
  base::put_bytes(out, key.second);
  base::put_varint(out, ids.operations);
  base::put_varint(out, ids.integers.size());
  for (const auto& [first, last] : ids.integers) {
    base::put_varint(out, first);
    base::put_varint(out, last);
  }
  base::put_varint(out, ids.texts.size());
  for (const std::string& text : ids.texts) base::put_bytes(out, text);
}

/// Counts what an entry takes in memory, as `add_key` did when the directory was written; fails
/// where that would have stopped.
void count_bytes(base::Reader& reader, SegmentDirectory& directory, std::uint64_t bytes) {
  directory.bytes += bytes;
  if (directory.bytes > kDirectoryBytesMax + kLastKeyBytesMax) reader.fail();
}

void read_entry(base::Reader& reader, SegmentDirectory& directory) {
  std::string client(reader.bytes());
  std::string producer(reader.bytes());
  count_bytes(reader, directory, client.size() + producer.size() + kEntryOverhead);
  DirectoryIds& ids = directory.entries[{std::move(client), std::move(producer)}];
  ids.operations = reader.varint();
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::uint64_t first = reader.varint();
    ids.integers[first] = reader.varint();
    count_bytes(reader, directory, kEntryOverhead);
  }
  for (std::uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const std::string_view text = reader.bytes();
    ids.texts.emplace(text);
    count_bytes(reader, directory, text.size() + kTextOverhead);
  }
}

std::string ids_in_words(const DirectoryIds& ids) {
  std::string words;
  for (const auto& [first, last] : ids.integers) {
    if (!words.empty()) words += ", ";
    words +=
        first == last ? std::to_string(first) : std::to_string(first) + ".." + std::to_string(last);
    constexpr std::size_t kWordsMax = 60;
    if (words.size() > kWordsMax) return words + ", ...";
  }
  if (!ids.texts.empty()) {
    words += (words.empty() ? "" : ", ") + std::to_string(ids.texts.size()) + " named ids";
  }
  return words;
}

std::string clients_in_words(const SegmentDirectory& directory) {
  std::string words;
  std::size_t named = 0;
  for (const auto& [key, ids] : directory.entries) {
    if (named++ == kNamedClients) break;
    words += (words.empty() ? "" : "; ") + key.first + " ids " + ids_in_words(ids);
  }
  if (directory.entries.size() > kNamedClients) {
    words += "; and " + std::to_string(directory.entries.size() - kNamedClients) + " more";
  }
  if (directory.truncated) words += "; and others not listed";
  return words;
}

}  // namespace

void add_group(SegmentDirectory& directory, std::string_view group) {
  const auto header = format::decode_group_header(group);
  if (!header) return;
  if (directory.begin.value == 0) directory.begin = header->first_lsn;
  directory.end = header->end_lsn();
  format::RecordView record;
  for (format::FrameWalk walk(group.substr(format::kGroupHeaderBytes)); !walk.done();) {
    if (!format::decode_record(walk.next(), record)) continue;
    for (const format::KeyView& key : record.keys) add_key(directory, key);
  }
}

Result<void> read_into_directory(SegmentDirectory& directory, std::shared_ptr<const File> file,
                                 const SegmentInfo& segment, std::uint64_t end_group) {
  SegmentBytes bytes(std::move(file), segment.bytes);
  Result<std::string_view> head = bytes.view(segment.start_offset(), kStartBytes);
  if (!head) return std::unexpected(std::move(head.error()));
  const auto start = decode_start(*head, directory.log_id, segment.number);
  if (!start) {
    return std::unexpected(damage(segment_name(segment.number), segment.start_offset(),
                                  "the segment's start is damaged"));
  }
  std::uint64_t offset = segment.groups_offset();
  for (std::uint64_t number = start->first_group; number < end_group; ++number) {
    head = bytes.view(offset, format::kGroupHeaderBytes);
    if (!head) return std::unexpected(std::move(head.error()));
    const auto header = format::decode_group_header(*head);
    const bool expected = header && header->group_number == number;
    Result<std::string_view> group = bytes.view(offset, expected ? header->group_bytes() : 0);
    if (!group) return std::unexpected(std::move(group.error()));
    if (!expected || group->size() != header->group_bytes() ||
        !format::frames_valid(*header, group->substr(format::kGroupHeaderBytes))) {
      return std::unexpected(damage(segment_name(segment.number), offset,
                                    "acknowledged records are damaged", directory.end));
    }
    add_group(directory, *group);
    offset += segment.aligned(header->group_bytes());
  }
  return {};
}

std::string encode_segment_directory(const SegmentDirectory& directory) {
  std::string out(kDirectoryMagic);
  base::put_le(out, kFormatVersion);
  base::put_le(out, std::uint16_t{0});
  base::put_le(out, std::uint32_t{0});
  base::put_le(out, std::uint32_t{0});
  out.append(id_bytes(directory.log_id));
  base::put_le(out, directory.segment_number);
  base::put_le(out, directory.begin.value);
  base::put_le(out, directory.end.value);
  base::put_le(out, std::uint32_t{directory.truncated ? 1U : 0U});
  base::put_le(out, static_cast<std::uint32_t>(directory.entries.size()));
  for (const auto& [key, ids] : directory.entries) put_entry(out, key, ids);
  base::put_le(out, base::crc32c(out));
  return out;
}

std::optional<SegmentDirectory> decode_segment_directory(std::string_view bytes) {
  if (bytes.size() < kDirectoryMagic.size() + kTrailerBytes ||
      !bytes.starts_with(kDirectoryMagic)) {
    return std::nullopt;
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kTrailerBytes);
  if (base::load_le<std::uint32_t>(body.data() + body.size()) != base::crc32c(body)) {
    return std::nullopt;
  }
  base::Reader reader(body.substr(kDirectoryMagic.size()));
  const auto version = reader.le<std::uint16_t>();
  reader.le<std::uint16_t>();
  reader.le<std::uint32_t>();
  const auto incompatible = reader.le<std::uint32_t>();
  if (version > kFormatVersion || incompatible != 0) return std::nullopt;
  SegmentDirectory directory;
  directory.log_id = id_from(reader.raw(directory.log_id.size()));
  directory.segment_number = reader.le<std::uint64_t>();
  directory.begin = Lsn{reader.le<std::uint64_t>()};
  directory.end = Lsn{reader.le<std::uint64_t>()};
  directory.truncated = reader.le<std::uint32_t>() != 0;
  for (auto left = reader.le<std::uint32_t>(); left > 0 && reader.ok(); --left) {
    read_entry(reader, directory);
  }
  if (!reader.done()) return std::nullopt;
  return directory;
}

std::optional<SegmentDirectory> read_segment_directory(Directory& directory, const LogId& log_id,
                                                       std::uint64_t number) {
  const Result<std::unique_ptr<File>> file =
      directory.open(directory_name(number), OpenMode::kRead);
  if (!file) return std::nullopt;
  const Result<std::string> bytes = (*file)->read_at(0, 2 * kDirectoryBytesMax);
  if (!bytes) return std::nullopt;
  std::optional<SegmentDirectory> found = decode_segment_directory(*bytes);
  if (!found || found->segment_number != number || found->log_id != log_id) return std::nullopt;
  return found;
}

LostSegment describe_lost_segment(Directory& directory, const LogId& log_id, std::uint64_t number) {
  const std::optional<SegmentDirectory> found = read_segment_directory(directory, log_id, number);
  if (!found) return {};
  return {.begin = found->begin,
          .end = found->end,
          .clients = "; it held records of " + clients_in_words(*found)};
}

}  // namespace seawall::storage
