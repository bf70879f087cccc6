#include "opened_log.h"

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/log_reader.h"
#include "seawall/options.h"
#include "seawall/storage_interface.h"

#include "base64.h"
#include "console.h"
#include "exit_code.h"
#include "json_line.h"
#include "known_interpreters.h"
#include "log_directory.h"

namespace seawall::cli {

Result<FoundLog> find_log(const std::string& dir) {
  Result<VolumeName> name = log_directory(dir);
  if (!name) return std::unexpected(name.error());
  return FoundLog{.name = std::move(*name), .storage = std::make_shared<FileSystemStorage>()};
}

Result<OpenedLog> open_log(const FoundLog& found, DamagePolicy policy) {
  const auto& [name, storage] = found;
  Result<std::string> id = LogReader::interpreter_id(storage, name.service_name, name.base_dir);
  if (!id) return std::unexpected(id.error());
  Interpreter interpreter = known_interpreter(*id);
  Result<std::unique_ptr<LogReader>> reader =
      LogReader::open(interpreter, storage, name.service_name, name.base_dir, policy);
  if (!reader) return std::unexpected(reader.error());
  return OpenedLog{.interpreter_id = std::move(*id),
                   .interpreter = std::move(interpreter),
                   .reader = std::move(*reader)};
}

Result<OpenedLog> open_log(const std::string& dir, DamagePolicy policy) {
  const Result<FoundLog> found = find_log(dir);
  if (!found) return std::unexpected(found.error());
  return open_log(*found, policy);
}

DamagePolicy damage_policy(bool quarantine) {
  return quarantine ? DamagePolicy::kQuarantine : DamagePolicy::kRefuse;
}

ExitCode quarantine_code(const OpenedLog& log) {
  const bool all_shown =
      !log.reader->unknown_quarantined() && log.reader->quarantined_clients().empty();
  return all_shown ? ExitCode::kOk : ExitCode::kDamage;
}

void note_quarantine(const OpenedLog& log) {
  for (const std::string& client : log.reader->quarantined_clients()) {
    print_note("client " + printable(client) + " is quarantined: not shown");
  }
  if (log.reader->unknown_quarantined()) {
    print_note("clients that the log knows nothing of may have lost records");
  }
}

void note_raw(const OpenedLog& log) {
  if (log.interpreter != nullptr) return;
  print_note(
      fmt::format("the log's interpreter {} is not known here: states are shown as base and "
                  "deltas in base64",
                  printable(log.interpreter_id)));
}

std::string raw_members(const ClientExport& client) {
  std::string members =
      fmt::format("\"base_b64\":\"{}\",\"deltas_b64\":[", base64_encode(client.base));
  for (const std::string& delta : client.deltas) {
    if (members.back() != '[') members += ',';
    members += '"' + base64_encode(delta) + '"';
  }
  return members + ']';
}

}  // namespace seawall::cli
