#pragma once

#include <cstdint>

namespace seawall::storage {

/// What a power cut leaves of bytes and names that were not synced. Synced ones always stay. A mode
/// that chooses draws from the machine's seed, per file and per directory.
enum class Survivor : std::uint8_t {
  kNothing,        ///< Nothing of it.
  kEverything,     ///< All of it: the system had written it back by itself.
  kPrefix,         ///< A prefix of each file's writes (the last one cut at a sector) and of each
                   ///< directory's name operations.
  kRandomSectors,  ///< Any sectors, each as of some moment; the new size or the old.
  kZeroSectors,    ///< The new size, but some or all written bytes are zeros.
  kStale,          ///< The new sizes and names, but every byte as it was before: what a recycled
                   ///< segment held, or zeros.
  kTornPages,      ///< Like kRandomSectors, but of every 4 KiB page written to, synced bytes
                   ///< included, each sector may also be zeros or noise: a device that tears what
                   ///< it overwrites (docs/guarantees.md, D1).
};

inline constexpr Survivor kAllSurvivors[] = {
    Survivor::kNothing,     Survivor::kEverything, Survivor::kPrefix,    Survivor::kRandomSectors,
    Survivor::kZeroSectors, Survivor::kStale,      Survivor::kTornPages,
};

/// The modes under which guarantees hold with any group alignment.
inline constexpr Survivor kPowerSafeSurvivors[] = {
    Survivor::kNothing,       Survivor::kEverything,  Survivor::kPrefix,
    Survivor::kRandomSectors, Survivor::kZeroSectors, Survivor::kStale,
};

}  // namespace seawall::storage
