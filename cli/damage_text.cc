#include "damage_text.h"

#include <string>
#include <vector>

#include <fmt/core.h>

#include "seawall/damage.h"
#include "seawall/error.h"
#include "seawall/types.h"

#include "base64.h"
#include "console.h"
#include "interpreters/json_text.h"
#include "json_line.h"

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

std::string clients_json(const std::vector<ClientIds>& clients) {
  std::string out;
  for (const ClientIds& client : clients) {
    if (!out.empty()) out += ',';
    out += fmt::format("{{{},{}}}", json_name_member("client", client.client),
                       ids_members(client.ids));
  }
  return "[" + out + "]";
}

}  // namespace

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

std::string damage_json(const std::vector<DamageReport>& damage) {
  std::string out;
  for (const DamageReport& report : damage) {
    const Error& error = report.error;
    if (!out.empty()) out += ',';
    out += fmt::format(
        "{{{},{},\"offset\":{},\"begin_lsn\":{},\"end_lsn\":{},\"clients\":{},\"names_all\":{}}}",
        json_name_member("message", error.message), json_name_member("file", error.file),
        error.offset, error.begin_lsn, error.end_lsn, clients_json(report.clients),
        report.names_all);
  }
  return "[" + out + "]";
}

std::string names_json(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ',';
    out += fmt::format("{{{}}}", json_name_member("client", name));
  }
  return "[" + out + "]";
}

void print_quarantined(const std::vector<std::string>& names, bool unknown) {
  for (const std::string& name : names) {
    print_note("client " + printable(name) + " is not proven whole: quarantined");
  }
  if (unknown) print_note("clients the log knows nothing of are quarantined, too");
}

void print_damage(const std::vector<DamageReport>& damage) {
  for (const DamageReport& report : damage) {
    fail(report.error);
    for (const ClientIds& client : report.clients) {
      print_note(fmt::format("  client {} lost records: {}", printable(client.client),
                             ids_members(client.ids)));
    }
    if (!report.names_all) print_note("  any other client may have lost records there");
    if (report.names_all && report.clients.empty()) print_note("  no client lost a record there");
  }
}

}  // namespace seawall::cli
