#pragma once

#include <memory>
#include <string>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "exit_code.h"
#include "known_interpreters.h"

namespace seawall::cli {

/// A log found for reading, not yet read.
struct FoundLog {
  VolumeName name;
  std::shared_ptr<StorageInterface> storage;
};

/// Errors: `kInvalidArgument` when `dir` cannot name a log.
[[nodiscard]] Result<FoundLog> find_log(const std::string& dir);

/// A log read with its own interpreter, or with none when this command does not know it.
struct OpenedLog {
  std::string interpreter_id;
  Interpreter interpreter;
  std::unique_ptr<LogReader> reader;
};

/// Errors as `LogReader::open`.
[[nodiscard]] Result<OpenedLog> open_log(const FoundLog& found,
                                         DamagePolicy policy = DamagePolicy::kRefuse);
[[nodiscard]] Result<OpenedLog> open_log(const std::string& dir,
                                         DamagePolicy policy = DamagePolicy::kRefuse);

/// Returns the policy that the flag --quarantine asks for.
[[nodiscard]] DamagePolicy damage_policy(bool quarantine);

/// Returns 4 when some client is quarantined, so that what is shown is not everything.
[[nodiscard]] ExitCode quarantine_code(const OpenedLog& log);

/// Says on stderr which clients are quarantined, if any.
void note_quarantine(const OpenedLog& log);

/// Says on stderr that states are shown raw, if so.
void note_raw(const OpenedLog& log);

/// Returns the members `"base_b64":...,"deltas_b64":[...]` of a state shown raw.
[[nodiscard]] std::string raw_members(const ClientExport& client);

}  // namespace seawall::cli
