#pragma once

/// \file
/// What is known of damage: where it is, and whom it concerns (docs/design/0007-damage.md).

#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/types.h"

namespace seawall {

/// Some ids of one client.
struct ClientIds {
  std::string client;
  std::vector<ProducerIds> ids;  ///< Sorted by producer; empty when only the client is known.
};

/// One damaged place.
struct DamageReport {
  Error error;  ///< `kCorrupt`, with file, offset, and the range of LSNs it may concern.
  /// Clients that lost something there, and which ids, as far as surviving evidence names them;
  /// sorted by client.
  std::vector<ClientIds> clients;
  /// True when surviving evidence shows that no other client lost anything there.
  bool names_all = false;
};

/// Damage in the log itself.
struct LogGap {
  DamageReport report;
  /// Nothing sound follows: there may have been more records than the LSN range says.
  bool open_ended = false;
};

}  // namespace seawall
