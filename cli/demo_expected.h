#pragma once

/// \file
/// What the demo's totals must be: straight from the CSV, sharing nothing with what it checks.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "seawall/error.h"

namespace seawall::cli {

/// One airport's totals.
struct ExpectedTotals {
  std::int64_t flights = 0;
  std::int64_t delay_minutes = 0;
  std::int64_t delay_minutes_max = INT64_MIN;
  std::int64_t distance_miles = 0;
  std::string latest_date;
  std::int64_t latest_id = 0;
  std::string latest_destination;
};

using ExpectedByAirport = std::map<std::string, ExpectedTotals>;

/// Returns the lines of the CSV at `path` without its heading. Errors: `kIo` when it cannot be
/// read.
[[nodiscard]] Result<std::vector<std::string>> read_flights(const std::string& path);

/// Returns the totals by airport of origin. Errors: `kInvalidArgument` for a bad line.
[[nodiscard]] Result<ExpectedByAirport> expected_totals(const std::vector<std::string>& flights);

/// Returns the message of one flight, as `seawall persist --input` takes it.
[[nodiscard]] Result<std::string> flight_message(const std::string& line);

/// Returns what is different between `expected` and `state`, the log's JSON; empty when nothing is.
[[nodiscard]] std::string first_difference(const ExpectedTotals& expected,
                                           const std::string& state);

}  // namespace seawall::cli
