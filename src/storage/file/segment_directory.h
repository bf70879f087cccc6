#pragma once

/// \file
/// What a sealed segment speaks of: its LSN range, and per client and producer the ids. Written
/// beside the segment, so that the loss of the segment can be named (docs/format-files.md).
///
///   directory := magic "SEAWALLD", version u16, zero u16, features 2 x u32, log id, segment number
///                u64, begin LSN u64, end LSN u64, truncated u32, entries u32, entry*,
///                CRC-32C u32 of all before
///   entry     := client:bytes producer:bytes operations:varint ranges:varint
///                {first:varint last:varint}* texts:varint text:bytes*
///
/// The count of operations makes the list exact: what of a segment survives, counted the same way,
/// tells which clients lost something in it.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/storage_interface.h"
#include "seawall/types.h"

#include "storage/file/file_system.h"
#include "storage/file/segment.h"

namespace seawall::storage {

/// One client and producer: how many operations, and their ids; integers as ranges, first to last.
struct DirectoryIds {
  std::uint64_t operations = 0;
  std::map<std::uint64_t, std::uint64_t> integers;
  std::set<std::string> texts;
};

struct SegmentDirectory {
  LogId log_id{};
  std::uint64_t segment_number = 0;
  Lsn begin;
  Lsn end;
  bool truncated = false;  ///< There were more ids than a directory holds.
  std::map<std::pair<std::string, std::string>, DirectoryIds> entries;  ///< (client, producer)
  std::uint64_t bytes = 0;  ///< About the encoded size; bounds memory.
};

/// Adds the records of one group, as a scan returned it.
void add_group(SegmentDirectory& directory, std::string_view group);

/// Adds the groups of `segment` up to group `end_group` (exclusive) to `directory`. Errors:
/// `kCorrupt` at the first group that does not hold.
[[nodiscard]] Result<void> read_into_directory(SegmentDirectory& directory,
                                               std::shared_ptr<const File> file,
                                               const SegmentInfo& segment, std::uint64_t end_group);

[[nodiscard]] std::string encode_segment_directory(const SegmentDirectory& directory);
[[nodiscard]] std::optional<SegmentDirectory> decode_segment_directory(std::string_view bytes);

/// Reads the directory of segment `number` of log `log_id`, if there is a sound one.
[[nodiscard]] std::optional<SegmentDirectory> read_segment_directory(Directory& directory,
                                                                     const LogId& log_id,
                                                                     std::uint64_t number);

/// Returns who of `whole` is not wholly in `survivors`, sorted by client, with the ids that are
/// missing. Nothing when `survivors` has what `whole` has not: then `whole` cannot be trusted.
[[nodiscard]] std::optional<std::vector<ClientIds>> missing_clients(
    const SegmentDirectory& whole, const SegmentDirectory& survivors);

/// What can be said of a segment that is lost.
struct LostSegment {
  Lsn begin;
  Lsn end;
  std::string clients;  ///< Empty, or a phrase to follow what happened.
};

/// Says what the directory of segment `number` of log `log_id` says.
[[nodiscard]] LostSegment describe_lost_segment(Directory& directory, const LogId& log_id,
                                                std::uint64_t number);

}  // namespace seawall::storage
