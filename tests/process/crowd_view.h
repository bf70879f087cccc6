#pragma once

/// \file
/// What a log shows of a writer's clients, and whether the model shows the same.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/write_ahead_log.h"

#include "crash/model.h"

namespace seawall::process {

/// A client as a log shows it.
struct ShownClient {
  std::optional<std::string> state;
  std::optional<bool> ended;           ///< Nothing where it was not asked for.
  std::optional<crash::ModelIds> ids;  ///< The same.
};

using ShownClients = std::map<std::string, ShownClient>;

/// Shows `names` as a reader exports them.
[[nodiscard]] Result<ShownClients> shown_by(LogReader& reader,
                                            const std::vector<std::string>& names);
/// Shows `names` as the writer itself answers; whether they are ended is not asked for.
[[nodiscard]] Result<ShownClients> shown_by(WriteAheadLog& log,
                                            const std::vector<std::string>& names);

/// Returns how `shown` differs from what the model says, or nothing.
[[nodiscard]] std::string difference(const ShownClients& shown, const crash::Model& model);

}  // namespace seawall::process
