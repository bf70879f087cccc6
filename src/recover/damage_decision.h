#pragma once

/// \file
/// Whether a client is whole although the log is damaged, as one pure decision per damaged place
/// (docs/design/0007-damage.md). Enumerated exhaustively by damage_decision_test.cc.
///
///   contradicted  covered  named  names all  | verdict
///   yes           any      any    any        | lost: its own later records show it
///   no            yes      any    any        | whole: a checkpoint past the damage has it
///   no            no       yes    any        | lost
///   no            no       no     yes        | whole: evidence names everyone else
///   no            no       no     no         | unproven

#include <cstdint>

namespace seawall::recover {

struct DamageEvidence {
  bool contradicted = false;  ///< Replaying the client's later records met a contradiction.
  bool covered = false;       ///< A sound checkpoint reaches past the damage, for this client.
  bool named = false;         ///< Surviving evidence names the client as having lost something.
  bool names_all = false;     ///< Surviving evidence names everyone who lost something.
};

/// From best to worst.
enum class DamageVerdict : std::uint8_t { kWhole, kUnproven, kLost };

[[nodiscard]] constexpr DamageVerdict decide_damage(const DamageEvidence& evidence) {
  if (evidence.contradicted) return DamageVerdict::kLost;
  if (evidence.covered) return DamageVerdict::kWhole;
  if (evidence.named) return DamageVerdict::kLost;
  return evidence.names_all ? DamageVerdict::kWhole : DamageVerdict::kUnproven;
}

}  // namespace seawall::recover
