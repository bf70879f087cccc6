"""The harness itself: what was confirmed is there after kill -9, once per publish."""

from __future__ import annotations

from collections import Counter

from broker import Broker
from flights import read_flights, totals, with_duplicates
from publisher import publish
from queue_state import take_ids


def test_what_was_confirmed_survives_kill(broker: Broker, queue: str) -> None:
    flights = with_duplicates(read_flights()[:2000], 0.05, seed=7)
    broker.sync_definitions()
    publish(broker.url, flights, lambda flight: queue)
    broker.restart()
    assert Counter(take_ids(broker.url, queue)) == Counter(str(flight.id) for flight in flights)


def test_duplicates_repeat_and_come_later() -> None:
    flights = read_flights()
    published = with_duplicates(flights, 0.05, seed=7)
    assert published == with_duplicates(flights, 0.05, seed=7)
    assert len(published) == 21000
    assert len(totals(flights)) == 220
    seen: set[int] = set()
    firsts = []
    for flight in published:
        if flight.id not in seen:
            firsts.append(flight)
        seen.add(flight.id)
    assert firsts == flights
