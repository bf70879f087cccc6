#pragma once

/// \file
/// The names in a log's directory, and what is there.
///
///   pid                   text, who holds the lock; for messages only
///   mark                  how far the log is known to be durable (mark.h)
///   reserve               ballast, given up when the disk is full (reserve.h)
///   manifest-%020d        which files make up the log (volume_manifest.h); the highest counts
///   segment-%016x         groups (segment.h)
///   directory-%016x       which clients a sealed segment speaks of (segment_directory.h)
///   object-NAME           an object of the engine
///   NAME.tmp              one of these but pid, not finished; removed by the next writer
///   recycled-segment-N.tmp  a freed segment, to be used again; removed by the next writer
///
/// Any other name is foreign: never opened, never removed, whatever it ends in.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

inline constexpr std::string_view kPidName = "pid";
inline constexpr std::string_view kMarkName = "mark";
inline constexpr std::string_view kReserveName = "reserve";
inline constexpr std::string_view kObjectPrefix = "object-";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

enum class FileKind : std::uint8_t {
  kPid,
  kMark,
  kReserve,
  kManifest,
  kSegment,
  kDirectory,
  kObject,
  kTemporary,
  kForeign,
};

struct FileName {
  FileKind kind = FileKind::kForeign;
  std::uint64_t number = 0;  ///< Of a manifest, segment or directory.
};

/// Says what `name` is; exact spelling only, so that each file has one name.
[[nodiscard]] FileName classify(std::string_view name);

[[nodiscard]] std::string manifest_name(std::uint64_t number);
[[nodiscard]] std::string segment_name(std::uint64_t number);
[[nodiscard]] std::string directory_name(std::uint64_t number);
[[nodiscard]] std::string object_name(std::string_view name);
[[nodiscard]] std::string temporary_name(std::string_view name);
/// Returns the temporary name a freed segment keeps until it is used again.
[[nodiscard]] std::string recycled_name(std::uint64_t segment_number);

/// Returns whether the engine may name an object so: [a-z0-9-], 1 to 64.
[[nodiscard]] bool is_object_name(std::string_view name);

/// Returns whether `name` is one component of [A-Za-z0-9._-], not dots only, at most 255 bytes.
[[nodiscard]] bool is_service_name(std::string_view name);

/// What one listing of the directory found.
struct Inventory {
  std::set<std::uint64_t> manifests;
  std::set<std::uint64_t> segments;
  std::set<std::uint64_t> directories;
  std::set<std::string> objects;  ///< By the engine's name.
  std::vector<std::string> temporaries;
  std::vector<std::string> foreign;
  bool has_mark = false;
  bool has_reserve = false;
};

/// Lists `directory`. Errors: `kForeign` for a name of ours that is not a regular file, since
/// following a link would read or write a file that is not the log's.
[[nodiscard]] Result<Inventory> take_inventory(const Directory& directory);

}  // namespace seawall::storage
