#include <string>

#include "seawall/error.h"
#include "seawall/log_reader.h"

#include "command_line.h"
#include "console.h"
#include "damage_text.h"
#include "exit_code.h"
#include "figures.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

std::string report_text(const VerifyReport& report, bool json) {
  Figures figures(json);
  figures.add("groups", report.groups);
  figures.add("records", report.records);
  figures.add("checkpoint_objects", report.checkpoint_objects);
  figures.add("checkpoint_entries", report.checkpoint_entries);
  figures.add("torn_bytes", report.torn_bytes);
  if (json) {
    figures.add_json("quarantined", names_json(report.quarantined));
    figures.add_json("unknown_quarantined", report.unknown_quarantined ? "true" : "false");
    figures.add_json("damage", damage_json(report.damage));
  } else {
    figures.add("damaged_places", report.damage.size());
    figures.add("quarantined_clients", report.quarantined.size());
  }
  return figures.text();
}

}  // namespace

ExitCode run_verify(const Arguments& arguments) {
  const Result<FoundLog> found = find_log(arguments.dir);
  if (!found) return fail(found.error());
  const Result<VerifyReport> report =
      LogReader::verify(found->storage, found->name.service_name, found->name.base_dir);
  if (!report) return fail(report.error());
  ExitCode code = ExitCode::kOk;
  if (arguments.strict && report->torn_bytes > 0) code = ExitCode::kTorn;
  print_damage(report->damage);
  print_quarantined(report->quarantined, report->unknown_quarantined);
  if (!report->quarantined.empty() || report->unknown_quarantined) code = ExitCode::kDamage;
  if (!report->damage.empty()) code = ExitCode::kDamage;
  Output output;
  output.print(report_text(*report, arguments.json));
  return output.finish(code);
}

}  // namespace seawall::cli
