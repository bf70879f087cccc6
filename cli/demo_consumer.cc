#include <cstddef>
#include <memory>
#include <string>

#include <fmt/core.h>
#include <unistd.h>

#include "seawall/error.h"
#include "seawall/file_system_storage.h"
#include "seawall/storage_interface.h"
#include "seawall/write_ahead_log.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "intake.h"
#include "known_interpreters.h"
#include "log_directory.h"
#include "output.h"
#include "stop_signals.h"
#include "verbs.h"

namespace seawall::cli {

// Reads flights from stdin, persists each, and only then acknowledges it on stdout. The first line
// tells how long recovery took.
ExitCode run_demo_consumer(const Arguments& arguments) {
  constexpr std::size_t kInFlight = 256;
  const Result<VolumeName> name = log_directory(arguments.dir);
  if (!name) return fail(name.error());
  StopSignals stop;
  const Result<std::unique_ptr<WriteAheadLog>> log =
      WriteAheadLog::open(flights_interpreter(), std::make_shared<FileSystemStorage>(),
                          name->service_name, name->base_dir);
  if (!log) return fail(log.error());
  const LogStats stats = (*log)->stats();
  const int told = write_all(
      STDOUT_FILENO,
      fmt::format("recovered {} records in {} us\n", stats.recovered_records, stats.recovery_us));
  if (told != 0) return stdout_failed(told);
  Intake intake(**log, stop, {.in_flight = kInFlight, .wait_space = false});
  return intake.finish(intake.take_lines(STDIN_FILENO, "flights", 0));
}

}  // namespace seawall::cli
