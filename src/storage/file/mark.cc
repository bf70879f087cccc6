#include "storage/file/mark.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"
#include "seawall/version.h"

#include "base/checksum.h"
#include "base/coding.h"
#include "storage/file/file_names.h"
#include "storage/file/file_system.h"
#include "storage/file/new_file.h"
#include "storage/file/readable_bytes.h"
#include "storage/log_id.h"

namespace seawall::storage {
namespace {

constexpr std::string_view kMarkMagic = "SEAWALLK";
constexpr std::size_t kChecksumAt = kMarkSlotBytes - sizeof(std::uint32_t);

void judge_slot(std::string_view slot, const std::optional<LogId>& log_id, MarkEvidence& evidence) {
  if (slot.size() < kMarkSlotBytes || !slot.starts_with(kMarkMagic) ||
      base::load_le<std::uint32_t>(slot.data() + kChecksumAt) !=
          base::crc32c(slot.substr(0, kChecksumAt))) {
    return;
  }
  base::Reader reader(slot.substr(kMarkMagic.size()));
  const auto version = reader.le<std::uint16_t>();
  reader.le<std::uint16_t>();
  const auto incompatible = reader.le<std::uint32_t>();
  Mark mark;
  mark.log_id = id_from(reader.raw(mark.log_id.size()));
  if (log_id && mark.log_id != *log_id) return;
  if (version < kFormatVersionMin || version > kFormatVersion || incompatible != 0) {
    evidence.unsupported = true;
    evidence.version = version;
    return;
  }
  mark.sequence = reader.le<std::uint64_t>();
  mark.epoch = Epoch{reader.le<std::uint64_t>()};
  mark.durable = Lsn{reader.le<std::uint64_t>()};
  mark.group_number = reader.le<std::uint64_t>();
  mark.segment_number = reader.le<std::uint64_t>();
  mark.end_offset = reader.le<std::uint64_t>();
  mark.manifest_number = reader.le<std::uint64_t>();
  if (!evidence.mark || evidence.mark->sequence < mark.sequence) evidence.mark = mark;
}

/// Returns whether there is no mark file that could be read.
bool is_lost(const Error& error) {
  return error.code == Errc::kNotFound || error.code == Errc::kCorrupt;
}

std::uint64_t slot_offset(std::uint64_t sequence) {
  return sequence % 2 * kMarkSlotDistance;
}

}  // namespace

std::string encode_mark(const Mark& mark) {
  std::string out(kMarkMagic);
  base::put_le(out, kFormatVersion);
  base::put_le(out, std::uint16_t{0});
  base::put_le(out, std::uint32_t{0});
  out.append(id_bytes(mark.log_id));
  base::put_le(out, mark.sequence);
  base::put_le(out, mark.epoch.value);
  base::put_le(out, mark.durable.value);
  base::put_le(out, mark.group_number);
  base::put_le(out, mark.segment_number);
  base::put_le(out, mark.end_offset);
  base::put_le(out, mark.manifest_number);
  out.resize(kChecksumAt);
  base::put_le(out, base::crc32c(out));
  return out;
}

MarkEvidence decode_marks(std::string_view bytes, const std::optional<LogId>& log_id) {
  MarkEvidence evidence;
  for (const std::uint64_t offset : {std::uint64_t{0}, kMarkSlotDistance}) {
    if (offset < bytes.size()) judge_slot(bytes.substr(offset), log_id, evidence);
  }
  return evidence;
}

// A slot that the device does not give back is one that is not sound: a mark is evidence only.
Result<std::string> read_mark_bytes(Directory& directory) {
  Result<std::unique_ptr<File>> file = directory.open(kMarkName, OpenMode::kRead);
  if (!file && is_lost(file.error())) return std::string();
  if (!file) return std::unexpected(std::move(file.error()));
  std::string bytes;
  UnreadableRanges unreadable;
  if (Result<void> read = read_readable(**file, 0, kMarkFileBytes, bytes, unreadable); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return bytes;
}

Result<std::unique_ptr<MarkFile>> MarkFile::open(Directory& directory) {
  Result<std::unique_ptr<File>> file = directory.open(kMarkName, OpenMode::kReadWrite);
  if (!file && !is_lost(file.error())) return std::unexpected(std::move(file.error()));
  std::string bytes;
  if (file) {
    Result<std::string> read = (*file)->read_at(0, kMarkFileBytes + 1);
    if (!read && !is_lost(read.error())) return std::unexpected(std::move(read.error()));
    // An unreadable one is replaced: a sector that fails may fail again.
    if (read) bytes = std::move(*read);
  }
  if (bytes.size() != kMarkFileBytes) {
    if (Result<void> made = create_file(directory, kMarkName, std::string(kMarkFileBytes, '\0'));
        !made) {
      return std::unexpected(std::move(made.error()));
    }
    bytes.clear();
    file = directory.open(kMarkName, OpenMode::kReadWrite);
    if (!file) return std::unexpected(std::move(file.error()));
  }
  // Slots of another log count here too: the next sequence must be above everything in the file.
  const MarkEvidence evidence = decode_marks(bytes, std::nullopt);
  const std::uint64_t sequence = evidence.mark ? evidence.mark->sequence : 0;
  return std::unique_ptr<MarkFile>(new MarkFile(std::move(*file), sequence));
}

Result<void> MarkFile::write(Mark mark) {
  mark.sequence = sequence_ + 1;
  // One that failed may have torn its slot. The next goes there too, and the other slot stays
  // sound.
  Result<void> written = file_->write_at(slot_offset(mark.sequence), encode_mark(mark));
  if (written) sequence_ = mark.sequence;
  // After the write, failed or not: a flush that ran during it covers only a part of it.
  ++writes_;
  return written;
}

Result<void> MarkFile::flush() {
  const std::uint64_t writes = writes_;
  if (writes == flushed_) return {};
  Result<void> synced = file_->sync_data();
  if (synced) flushed_ = writes;
  return synced;
}

}  // namespace seawall::storage
