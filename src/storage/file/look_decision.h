#pragma once

/// \file
/// Whether a reader believes what one look at a directory found, as one pure decision. Enumerated
/// exhaustively by tests/unit/storage/look_decision_test.cc.

#include <cstdint>

namespace seawall::storage {

enum class LookFinding : std::uint8_t {
  kLog,      ///< A manifest that holds, and no mark that contradicts it.
  kNothing,  ///< No file of a log.
  kGone,     ///< A name that was listed was gone when it was opened.
  kFault,    ///< Damage, another format, or a read that failed.
  kShort,    ///< Memory or descriptors ran short.
};

struct LookEvidence {
  LookFinding finding = LookFinding::kNothing;
  bool has_writer = false;  ///< The lock was held before the look or after it.
  bool repeated = false;    ///< The look before found the same, and no writer either.
};

enum class LookVerdict : std::uint8_t { kBelieve, kAgain };

[[nodiscard]] LookVerdict decide_look(const LookEvidence& evidence);

}  // namespace seawall::storage
