#pragma once

/// \file
/// Rows as a table or as JSON, one object per line.

#include <vector>

#include "engine_list.h"
#include "runner.h"

namespace seawall::bench {

void print_header();
void print_row(const Row& row);
void print_json(const Row& row);

/// Prints how the engines are driven, and names those this build lacks.
void print_engines(const std::vector<const EngineInfo*>& present, bool to_stderr);

/// Prints Seawall's single-caller median against that of the same bytes written bare.
void print_single_writer(const std::vector<Row>& rows);

}  // namespace seawall::bench
