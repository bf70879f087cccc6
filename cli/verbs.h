#pragma once

#include "command_line.h"
#include "exit_code.h"

namespace seawall::cli {

// One file each, named like the verb.
[[nodiscard]] ExitCode run_persist(const Arguments& arguments);
[[nodiscard]] ExitCode run_get(const Arguments& arguments);
[[nodiscard]] ExitCode run_clear(const Arguments& arguments);
[[nodiscard]] ExitCode run_clients(const Arguments& arguments);
[[nodiscard]] ExitCode run_export(const Arguments& arguments);
[[nodiscard]] ExitCode run_stat(const Arguments& arguments);
[[nodiscard]] ExitCode run_dump(const Arguments& arguments);
[[nodiscard]] ExitCode run_verify(const Arguments& arguments);
[[nodiscard]] ExitCode run_repair(const Arguments& arguments);
[[nodiscard]] ExitCode run_demo(const Arguments& arguments);
[[nodiscard]] ExitCode run_demo_consumer(const Arguments& arguments);

}  // namespace seawall::cli
