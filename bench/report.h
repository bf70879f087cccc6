#pragma once

/// \file
/// Rows as a table or as JSON, one object per line.

#include <string>
#include <vector>

#include "engine_list.h"
#include "runner.h"

namespace seawall::bench {

void print_header();
void print_row(const Row& row);

/// Prints the ten keys that scripts may rely on, and no other.
void print_json(const Row& row);

/// Returns a line of the results file: the same keys, spread, probe and the workload's figures.
[[nodiscard]] std::string results_line(const Row& row);

/// Prints how the engines are driven, and names those this build lacks.
void print_engines(const std::vector<const EngineInfo*>& present, bool to_stderr);

}  // namespace seawall::bench
