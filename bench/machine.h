#pragma once

/// \file
/// The machine and the day of a run.

#include <string>

namespace seawall::bench {

/// Returns the first line of a results file: machine, date, engines that were absent.
[[nodiscard]] std::string machine_line(const std::string& dir);

}  // namespace seawall::bench
