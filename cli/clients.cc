#include <string>

#include <fmt/core.h>

#include "seawall/error.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "json_line.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {

ExitCode run_clients(const Arguments& arguments) {
  const Result<OpenedLog> log = open_log(arguments.dir, damage_policy(arguments.quarantine));
  if (!log) return fail(log.error());
  Output output;
  for (const std::string& client : log->reader->clients(arguments.ended)) {
    const std::string line = arguments.json
                                 ? fmt::format("{{{}}}\n", json_name_member("client", client))
                                 : printable(client) + "\n";
    if (!output.print(line)) break;
  }
  note_quarantine(*log);
  return output.finish(quarantine_code(*log));
}

}  // namespace seawall::cli
