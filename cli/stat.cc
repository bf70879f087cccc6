#include <cstdint>

#include "seawall/error.h"
#include "seawall/log_reader.h"
#include "seawall/storage_interface.h"

#include "command_line.h"
#include "console.h"
#include "exit_code.h"
#include "figures.h"
#include "opened_log.h"
#include "output.h"
#include "verbs.h"

namespace seawall::cli {
namespace {

Figures figures_of(const ReaderStats& stats, bool json) {
  const VolumeStats& volume = stats.volume;
  Figures figures(json);
  figures.add("interpreter", stats.interpreter_id);
  figures.add("clients", stats.clients);
  figures.add("ended_clients", stats.ended_clients);
  figures.add("lsn", stats.lsn.value);
  figures.add("durable_mark", volume.durable_mark.value);
  figures.add("manifest_number", stats.manifest_number);
  figures.add("segments", volume.segments);
  figures.add("spare_segments", volume.spare_segments);
  figures.add("log_bytes", volume.log_bytes);
  figures.add("tail_records", stats.tail_records);
  figures.add("torn_bytes", stats.torn_bytes);
  figures.add("checkpoint_objects", stats.checkpoint_objects);
  figures.add("checkpoint_bytes", stats.checkpoint_bytes);
  figures.add("live_bytes", stats.checkpoint_live_bytes);
  const std::uint64_t dead = stats.checkpoint_bytes > stats.checkpoint_live_bytes
                                 ? stats.checkpoint_bytes - stats.checkpoint_live_bytes
                                 : 0;
  figures.add("dead_bytes", dead);
  return figures;
}

}  // namespace

ExitCode run_stat(const Arguments& arguments) {
  const Result<OpenedLog> log = open_log(arguments.dir);
  if (!log) return fail(log.error());
  Output output;
  output.print(figures_of(log->reader->stats(), arguments.json).text());
  return output.finish(ExitCode::kOk);
}

}  // namespace seawall::cli
