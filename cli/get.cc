#include <expected>
#include <optional>
#include <string>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "input_record.h"
#include "json_line.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

Error no_client(const std::string& client) {
  return {Errc::kNotFound, 0, "there is no client " + printable(client), {}};
}

Result<std::string> shown_state(const OpenedLog& log, const std::string& client) {
  if (log.interpreter == nullptr) {
    const Result<std::optional<ClientExport>> found = log.reader->export_client(client);
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->ended) return std::unexpected(no_client(client));
    return fmt::format("{{{},{}}}", json_name_member("client", client), raw_members(**found));
  }
  const Result<std::optional<std::string>> state = log.reader->retrieve(client);
  if (!state) return std::unexpected(state.error());
  if (!*state) return std::unexpected(no_client(client));
  return **state;
}

}  // namespace

ExitCode run_get(const Arguments& arguments) {
  const Result<std::string> client = name_of(arguments.client);
  if (!client) return fail(client.error());
  const Result<OpenedLog> log = open_log(arguments.dir, damage_policy(arguments.quarantine));
  if (!log) return fail(log.error());
  note_raw(*log);
  const Result<std::string> state = shown_state(*log, *client);
  if (!state) return fail(state.error());
  Output output;
  output.print(*state);
  output.print("\n");
  return output.finish(ExitCode::kOk);
}

}  // namespace seawall::cli
