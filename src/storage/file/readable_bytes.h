#pragma once

/// \file
/// Reads what a failing device still gives. One unreadable sector must not cost the sectors beside
/// it, so a read that fails is tried again in smaller pieces down to a sector.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seawall/error.h"

#include "storage/file/file_system.h"

namespace seawall::storage {

/// The smallest unit a device loses. Sectors of 4 KiB fail as eight of these.
inline constexpr std::uint64_t kSectorBytes = 512;

/// The ranges of one file that could not be read, in the order of their offsets.
class UnreadableRanges {
 public:
  /// Adds a range behind all others. `cause` is the error of reading it.
  void add(std::uint64_t begin, std::uint64_t end, const Error& cause);

  /// Returns why the first unreadable byte of [`offset`, `offset` + `length`) cannot be read, or
  /// nothing when all can.
  [[nodiscard]] std::optional<Error> find(std::uint64_t offset, std::uint64_t length) const;

  void clear() { ranges_.clear(); }

 private:
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Error cause;
  };
  std::vector<Range> ranges_;
};

/// Appends up to `length` bytes at `offset` of `file` to `bytes`; fewer only at the end of the
/// file. Unreadable sectors are added to `unreadable` and read as zeros. Errors: those of
/// `File::read_at` but `kCorrupt`.
[[nodiscard]] Result<void> read_readable(const File& file, std::uint64_t offset,
                                         std::uint64_t length, std::string& bytes,
                                         UnreadableRanges& unreadable);

}  // namespace seawall::storage
