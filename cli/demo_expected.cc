#include "demo_expected.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <expected>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "seawall/error.h"

namespace seawall::cli {
namespace {

struct FlightLine {
  std::int64_t id = 0;
  std::string date;
  std::string origin;
  std::string destination;
  std::int64_t distance_miles = 0;
  std::int64_t delay_minutes = 0;
};

bool parse_integer(const std::string& text, std::int64_t& value) {
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, value);
  return fault == std::errc{} && rest == end;
}

Result<FlightLine> parse_flight(const std::string& line) {
  FlightLine flight;
  std::string id;
  std::string distance;
  std::string delay;
  std::istringstream fields(line);
  for (std::string* field :
       {&id, &flight.date, &flight.origin, &flight.destination, &distance, &delay}) {
    std::getline(fields, *field, ',');
  }
  const bool sound = !flight.origin.empty() && parse_integer(id, flight.id) &&
                     parse_integer(distance, flight.distance_miles) &&
                     parse_integer(delay, flight.delay_minutes);
  if (sound) return flight;
  return std::unexpected(
      Error{Errc::kInvalidArgument, 0, "this is no line of a flight: " + line, {}});
}

}  // namespace

Result<std::vector<std::string>> read_flights(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::vector<std::string> flights;
  if (!std::getline(file, line)) {
    return std::unexpected(Error{Errc::kIo, errno, "cannot read the flights of " + path, {}});
  }
  while (std::getline(file, line)) {
    if (line.ends_with('\r')) line.pop_back();
    flights.push_back(line);
  }
  return flights;
}

Result<ExpectedByAirport> expected_totals(const std::vector<std::string>& flights) {
  ExpectedByAirport airports;
  for (const std::string& line : flights) {
    const Result<FlightLine> flight = parse_flight(line);
    if (!flight) return std::unexpected(flight.error());
    ExpectedTotals& totals = airports[flight->origin];
    totals.flights += 1;
    totals.delay_minutes += flight->delay_minutes;
    totals.delay_minutes_max = std::max(totals.delay_minutes_max, flight->delay_minutes);
    totals.distance_miles += flight->distance_miles;
    if (std::pair(totals.latest_date, totals.latest_id) < std::pair(flight->date, flight->id)) {
      totals.latest_date = flight->date;
      totals.latest_id = flight->id;
      totals.latest_destination = flight->destination;
    }
  }
  return airports;
}

Result<std::string> flight_message(const std::string& line) {
  const Result<FlightLine> flight = parse_flight(line);
  if (!flight) return std::unexpected(flight.error());
  const nlohmann::json data = {{"id", flight->id},
                               {"date", flight->date},
                               {"destination", flight->destination},
                               {"distance_miles", flight->distance_miles},
                               {"delay_minutes", flight->delay_minutes}};
  const nlohmann::json message = {{"client", flight->origin}, {"id", flight->id}, {"data", data}};
  return message.dump() + "\n";
}

std::string first_difference(const ExpectedTotals& expected, const std::string& state) {
  const nlohmann::json want = {{"flights", expected.flights},
                               {"delay_minutes", expected.delay_minutes},
                               {"delay_minutes_max", expected.delay_minutes_max},
                               {"distance_miles", expected.distance_miles}};
  nlohmann::json got = nlohmann::json::parse(state, nullptr, false);
  if (!got.is_object()) return "the state is no JSON object: " + state;
  for (const auto& [key, value] : want.items()) {
    if (got[key] != value) {
      return fmt::format("{} is {}, must be {}", key, got[key].dump(), value.dump());
    }
  }
  nlohmann::json& latest = got["latest"];
  const bool same = latest.is_object() && latest["date"] == expected.latest_date &&
                    latest["id"] == expected.latest_id &&
                    latest["destination"] == expected.latest_destination;
  if (same) return {};
  return fmt::format("the latest flight is {}, must be {}", latest.dump(), expected.latest_id);
}

}  // namespace seawall::cli
