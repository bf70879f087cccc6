"""The demo's flights: read, published with confirms and duplicates, and added up by themselves."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CSV = Path(__file__).resolve().parents[3] / "examples" / "data" / "flights-20k.csv"


@dataclass(frozen=True)
class Flight:
    """One line of the file; `id` is the message id."""

    id: int
    date: str
    origin: str
    destination: str
    distance_miles: int
    delay_minutes: int

    def body(self) -> bytes:
        """Returns the message: the flight as JSON, without its id."""
        fields = {name: value for name, value in vars(self).items() if name != "id"}
        return json.dumps(fields).encode()


def read_flights(path: Path = CSV) -> list[Flight]:
    with open(path, newline="", encoding="ascii") as file:
        return [
            Flight(
                int(row["id"]),
                row["date"],
                row["origin"],
                row["destination"],
                int(row["distance_miles"]),
                int(row["delay_minutes"]),
            )
            for row in csv.DictReader(file)
        ]


def with_duplicates(flights: list[Flight], share: float, seed: int) -> list[Flight]:
    """Returns the flights with `share` of them twice, the second time anywhere after the first."""
    chance = random.Random(seed)
    places = [(float(place), flight) for place, flight in enumerate(flights)]
    for place in chance.sample(range(len(flights)), round(share * len(flights))):
        places.append((chance.uniform(place, len(flights)), flights[place]))
    return [flight for _, flight in sorted(places, key=lambda item: item[0])]


def totals(flights: list[Flight]) -> dict[str, dict[str, Any]]:
    """Returns per airport what must be in the log, computed from the flights alone."""
    found: dict[str, dict[str, Any]] = {}
    for flight in flights:
        airport = found.setdefault(
            flight.origin, {"flights": 0, "delay_minutes": 0, "distance_miles": 0, "id_sum": 0}
        )
        airport["flights"] += 1
        airport["delay_minutes"] += flight.delay_minutes
        airport["distance_miles"] += flight.distance_miles
        airport["id_sum"] += flight.id
    return found
