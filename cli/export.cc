#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/types.h"

#include "base64.h"
#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "interpreters/json_text.h"
#include "json_line.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

// [[1,5],7,"text"]; a string id that is not UTF-8 is an object, {"b64":"..."}.
std::string ids_array(const ProducerIds& ids) {
  std::string out = "[";
  const auto add = [&out](const std::string& id) {
    if (out.size() > 1) out += ',';
    out += id;
  };
  for (const IdRange& range : ids.integers) {
    add(range.first == range.last ? fmt::format("{}", range.first)
                                  : fmt::format("[{},{}]", range.first, range.last));
  }
  for (const std::string& text : ids.texts) {
    add(interpreters::is_utf8(text) ? json_string(text)
                                    : fmt::format("{{\"b64\":\"{}\"}}", base64_encode(text)));
  }
  return out + "]";
}

// Producers that are not UTF-8 have an object of their own, by base64, so that no name is two.
std::string ids_members(const std::vector<ProducerIds>& ids) {
  std::string plain;
  std::string encoded;
  for (const ProducerIds& producer : ids) {
    const bool is_text = interpreters::is_utf8(producer.producer);
    std::string& object = is_text ? plain : encoded;
    if (!object.empty()) object += ',';
    object +=
        is_text ? json_string(producer.producer) : json_string(base64_encode(producer.producer));
    object += ':' + ids_array(producer);
  }
  std::string members = fmt::format("\"ids\":{{{}}}", plain);
  if (!encoded.empty()) members += fmt::format(",\"ids_b64\":{{{}}}", encoded);
  return members;
}

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
  const Result<OpenedLog> log = open_log(arguments.dir);
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
  return output.finish(code);
}

}  // namespace seawall::cli
