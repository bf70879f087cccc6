#include "seawall/repair.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "seawall/error.h"
#include "seawall/storage_interface.h"

#include "command_line.h"
#include "console.h"
#include "damage_text.h"
#include "exit_code.h"
#include "figures.h"
#include "log_directory.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

bool is_new_place(const VolumeName& name) {
  namespace fs = std::filesystem;
  std::error_code fault;
  const fs::path path = fs::path(name.base_dir) / name.service_name;
  const fs::file_status status = fs::symlink_status(path, fault);
  if (!fs::exists(status)) return true;
  return fs::is_directory(status) && fs::is_empty(path, fault) && !fault;
}

/// Whether `inner` is a directory in `outer`, at any depth. Both lead nowhere else than they say:
/// what is missing of `inner` holds no links.
bool lies_in(const VolumeName& inner, const VolumeName& outer) {
  namespace fs = std::filesystem;
  std::error_code fault;
  const fs::path in = fs::weakly_canonical(fs::path(inner.base_dir) / inner.service_name, fault);
  if (fault) return false;
  const fs::path out = fs::weakly_canonical(fs::path(outer.base_dir) / outer.service_name, fault);
  if (fault) return false;
  return std::ranges::mismatch(out, in).in1 == out.end();
}

std::string report_text(const RepairReport& report, bool json) {
  Figures figures(json);
  figures.add("lsn", report.lsn.value);
  figures.add("whole_clients", report.whole_clients);
  if (json) {
    figures.add_json("quarantined", names_json(report.quarantined));
    figures.add_json("unknown_quarantined", report.unknown_quarantined ? "true" : "false");
    figures.add_json("damage", damage_json(report.damage));
  } else {
    figures.add("quarantined_clients", report.quarantined.size());
    figures.add("damaged_places", report.damage.size());
  }
  return figures.text();
}

}  // namespace

ExitCode run_repair(const Arguments& arguments) {
  const Result<FoundLog> found = find_log(arguments.dir);
  if (!found) return fail(found.error());
  const Result<VolumeName> target = log_directory(arguments.out);
  if (!target) return fail(target.error());
  if (!is_new_place(*target)) {
    print_error("--out must be a directory that is missing or empty: " + arguments.out);
    return ExitCode::kUsage;
  }
  if (lies_in(*target, found->name)) {
    return fail({.code = Errc::kInvalidArgument,
                 .message = "--out must not lie in the log that is repaired: " + arguments.out});
  }
  const Result<RepairReport> report = repair(found->storage, found->name, *target,
                                             {.admit_unknown_clients = arguments.admit_unknown});
  if (!report) return fail(report.error());
  print_damage(report->damage);
  print_quarantined(report->quarantined, report->unknown_quarantined);
  Output output;
  output.print(report_text(*report, arguments.json));
  return output.finish(report->is_lossy() ? ExitCode::kDamage : ExitCode::kOk);
}

}  // namespace seawall::cli
