#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"

#include "command_line.h"
#include "console.h"
#include "damage_text.h"
#include "exit_code.h"
#include "json_line.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

std::string state_member(const ClientExport& client) {
  if (client.ended) return "\"state\":null,\"ended\":true";
  if (client.raw) return raw_members(client);
  return client.state ? json_value_member("state", *client.state) : "\"state\":null";
}

std::string export_line(const ClientExport& client) {
  return fmt::format("{{{},{},{},\"lsn\":{}}}\n", json_name_member("client", client.client),
                     state_member(client), ids_members(client.ids), client.lsn.value);
}

// Damage outranks what an interpreter could not merge.
ExitCode worse(ExitCode a, ExitCode b) {
  return a == ExitCode::kDamage || b == ExitCode::kOk ? a : b;
}

}  // namespace

ExitCode run_export(const Arguments& arguments) {
  const Result<OpenedLog> log = open_log(arguments.dir, damage_policy(arguments.quarantine));
  if (!log) return fail(log.error());
  note_raw(*log);
  const std::vector<std::string> clients = log->reader->clients(true);
  Progress progress("export", clients.size());
  Output output;
  ExitCode code = ExitCode::kOk;
  std::uint64_t done = 0;
  for (const std::string& name : clients) {
    const Result<std::optional<ClientExport>> client = log->reader->export_client(name);
    progress.at(++done);
    if (!client) {
      // One client's fault does not keep the others from being saved; the exit code tells.
      print_note("client " + printable(name) + " is not exported:");
      code = worse(code, fail(client.error()));
    } else if (*client && !output.print(export_line(**client))) {
      break;
    }
  }
  note_quarantine(*log);
  return output.finish(worse(code, quarantine_code(*log)));
}

}  // namespace seawall::cli
