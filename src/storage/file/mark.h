#pragma once

/// \file
/// How far the log is known to be durable: written after every append's flush, without a flush of
/// its own, because it is evidence only. Bytes that fail below any mark seen are damage; only bytes
/// above every mark can be a torn tail.
///
/// File `mark`, 8 KiB: slots of 128 bytes at 0 and 4096, written alternately so that one is whole
/// at any instant, and in separate sectors. The sound slot of the higher sequence counts; no sound
/// slot = no mark known, never damage.
///
///   offset size field                  offset size field
///        0    8 magic "SEAWALLK"           48    8 durable LSN
///        8    2 format version             56    8 group number
///       10    2 zero                       64    8 segment number
///       12    4 incompatible features      72    8 end offset in it
///       16   16 log id                     80    8 manifest number
///       32    8 sequence                   88   36 zero
///       40    8 epoch                     124    4 CRC-32C of bytes 0..123

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

inline constexpr std::size_t kMarkSlotBytes = 128;
inline constexpr std::uint64_t kMarkSlotDistance = 4096;
inline constexpr std::uint64_t kMarkFileBytes = 8192;

struct Mark {
  LogId log_id{};
  std::uint64_t sequence = 0;
  Epoch epoch;
  Lsn durable;  ///< Last LSN of the last durable group.
  std::uint64_t group_number = 0;
  std::uint64_t segment_number = 0;
  std::uint64_t end_offset = 0;  ///< Behind that group, in its segment.
  std::uint64_t manifest_number = 0;
};

[[nodiscard]] std::string encode_mark(const Mark& mark);

/// What the two slots say.
struct MarkEvidence {
  std::optional<Mark> mark;
  bool unsupported = false;   ///< A sound slot of a newer version.
  std::uint16_t version = 0;  ///< Its version.
};

/// Judges the bytes of a mark file, of any length. With `log_id`, slots of other logs are ignored.
[[nodiscard]] MarkEvidence decode_marks(std::string_view bytes, const std::optional<LogId>& log_id);

/// Reads the mark file of `directory`, for `decode_marks`; a missing one is empty.
[[nodiscard]] Result<std::string> read_mark_bytes(Directory& directory);

/// The mark file, open for writing. Thread safety: `write` by one thread at a time, `flush` beside
/// it by another.
class MarkFile {
 public:
  /// Opens the file, or creates one when it is missing or of another size.
  [[nodiscard]] static Result<std::unique_ptr<MarkFile>> open(Directory& directory);

  /// Writes `mark` over the older slot.
  [[nodiscard]] Result<void> write(Mark mark);

  /// Flushes what was written since the last flush that succeeded, if anything.
  [[nodiscard]] Result<void> flush();

 private:
  MarkFile(std::unique_ptr<File> file, std::uint64_t sequence)
      : file_(std::move(file)), sequence_(sequence) {}

  std::unique_ptr<File> file_;
  std::uint64_t sequence_;
  std::atomic<std::uint64_t> writes_ = 0;   ///< Ended, well or not.
  std::atomic<std::uint64_t> flushed_ = 0;  ///< Of these, followed by a flush that succeeded.
};

}  // namespace seawall::storage
