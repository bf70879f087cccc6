#pragma once

/// \file
/// An interpreter of one's own: per airport, totals over the flights that left it. The data is a
/// flight as JSON, the state is the totals as JSON; merging is `fold`.

#include <algorithm>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "seawall/error.h"
#include "seawall/typed_interpreter.h"

namespace flights {

struct Flight {
  std::uint64_t id = 0;
  std::string date;
  std::string destination;
  std::int64_t distance_miles = 0;
  std::int64_t delay_minutes = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Flight, id, date, destination, distance_miles, delay_minutes)

struct Totals {
  std::uint64_t flights = 0;
  std::int64_t delay_minutes = 0;
  std::int64_t delay_minutes_max = INT64_MIN;
  std::int64_t distance_miles = 0;
  Flight latest;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Totals, flights, delay_minutes, delay_minutes_max,
                                   distance_miles, latest)

template <class T>
seawall::Result<T> decode(std::string_view bytes) {
  try {
    return nlohmann::json::parse(bytes).get<T>();
  } catch (const nlohmann::json::exception& error) {
    return std::unexpected(
        seawall::Error{seawall::Errc::kInvalidArgument, 0, error.what(), std::string()});
  }
}

class FlightsInterpreter final : public seawall::TypedInterpreter<Totals> {
 public:
  [[nodiscard]] std::string_view id() const override { return "flights"; }

  [[nodiscard]] seawall::Result<std::string> format(std::string_view data) const override {
    const seawall::Result<Flight> flight = decode<Flight>(data);
    if (!flight) return std::unexpected(flight.error());
    return std::string(data);
  }

  [[nodiscard]] seawall::Result<void> fold(Totals& totals, std::string_view delta) const override {
    const seawall::Result<Flight> flight = decode<Flight>(delta);
    if (!flight) return std::unexpected(flight.error());
    ++totals.flights;
    totals.delay_minutes += flight->delay_minutes;
    totals.delay_minutes_max = std::max(totals.delay_minutes_max, flight->delay_minutes);
    totals.distance_miles += flight->distance_miles;
    // By date and id, not by arrival: flights may be delivered in any order.
    const bool later =
        std::pair(flight->date, flight->id) > std::pair(totals.latest.date, totals.latest.id);
    if (later) totals.latest = *flight;
    return {};
  }

  [[nodiscard]] std::string write(const Totals& totals) const override {
    return nlohmann::json(totals).dump();
  }

  [[nodiscard]] seawall::Result<Totals> read(std::string_view bytes) const override {
    return decode<Totals>(bytes);
  }
};

}  // namespace flights
