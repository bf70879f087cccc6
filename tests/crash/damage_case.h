#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "seawall/types.h"

#include "crash/finished_log.h"
#include "storage/file/simulated_random.h"

namespace seawall::crash {

/// One damage to a finished log.
struct DamageCase {
  std::string kind;
  std::string what;
  /// Files that change, to their new bytes; no bytes when the file is gone.
  std::map<std::string, std::optional<std::string>> files;
  /// Sound bytes turn up in another place, whole groups maybe.
  bool moves_bytes = false;
  /// The device gives bytes [offset, end) of a file not back; `files` has others in their place.
  struct Range {
    std::string file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::optional<Range> unreadable{};
};

using DamageSink = std::function<void(const DamageCase&)>;

/// What a damage did to the parts of a log.
struct Wounds {
  std::vector<std::size_t> groups;  ///< Of which bytes changed; ascending.
  std::vector<std::size_t> heads;   ///< Of which the header is one of; ascending.
  std::vector<std::size_t> starts;  ///< That were written with a start block that changed.
  bool mark = false;                ///< The mark changed.
  bool object = false;              ///< A checkpoint changed.
  bool other = false;               ///< A manifest changed, or the head of a segment.
};

[[nodiscard]] Wounds wounds(const FinishedLog& log, const DamageCase& damage);

/// Returns whether the log, without any mark, looks as if the groups from `lsn` + 1 on had never
/// been acknowledged: one of them damaged, and no header left of any after it.
[[nodiscard]] bool looks_like_a_torn_tail(const FinishedLog& log, const Wounds& wounds, Lsn lsn);

// Each visits every damage of its kind.

/// Every bit of every part; between parts one here and there, with `every_bit` all.
void for_each_flipped_bit(const FinishedLog& log, bool every_bit, const DamageSink& sink);
/// Every length of files with parts.
void for_each_truncation(const FinishedLog& log, const DamageSink& sink);
void for_each_zeroed_sector(const FinishedLog& log, const DamageSink& sink);
/// Every sector written over every other one, of the same file and of others.
void for_each_copied_sector(const FinishedLog& log, const DamageSink& sink);
void for_each_swap_of_sectors(const FinishedLog& log, const DamageSink& sink);
/// Every sector, and every block of 4 KiB, of which reading fails.
void for_each_unreadable_sector(const FinishedLog& log, const DamageSink& sink);
void for_each_deleted_file(const FinishedLog& log, const DamageSink& sink);
void for_each_older_copy(const FinishedLog& log, const DamageSink& sink);

/// Returns a damage of any kind.
[[nodiscard]] DamageCase random_damage(const FinishedLog& log, storage::SimulatedRandom& random);

}  // namespace seawall::crash
