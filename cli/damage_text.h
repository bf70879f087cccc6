#pragma once

#include <string>
#include <vector>

#include "seawall/damage.h"
#include "seawall/types.h"

namespace seawall::cli {

/// Returns the member `"ids":{"PRODUCER":[[1,5],7,"text"]}`; producers that are not UTF-8 follow
/// under `"ids_b64"`, by their base64, so that no name is two.
[[nodiscard]] std::string ids_members(const std::vector<ProducerIds>& ids);

/// Returns `damage` as a JSON array: place, range of LSNs, clients with ids, names_all.
[[nodiscard]] std::string damage_json(const std::vector<DamageReport>& damage);

/// Returns `names` as a JSON array of {"client":...}.
[[nodiscard]] std::string names_json(const std::vector<std::string>& names);

/// Says on stderr who is quarantined.
void print_quarantined(const std::vector<std::string>& names, bool unknown);

/// Prints each place and whom it concerns on stderr.
void print_damage(const std::vector<DamageReport>& damage);

}  // namespace seawall::cli
