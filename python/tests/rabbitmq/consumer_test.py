"""The consumers of both libraries, against a real broker."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from broker import Broker
from flight_totals import delta_of
from flights import Flight, read_flights, totals, with_duplicates
from publisher import publish
from queue_state import message_count, take_ids
from running import CONSUMERS, Running, wait_until
from scripted_log import ScriptedLog
from seawall import BusyError, NoSpaceError, PoisonedError, SeawallError, WriteAheadLog
from seawall.rabbitmq import Delta, Message

pytestmark = pytest.mark.parametrize("consumer_type", CONSUMERS)

FLIGHTS = read_flights()[:2000]


def fill(broker: Broker, queue: str, flights: list[Flight]) -> None:
    publish(broker.url, flights, lambda flight: queue)


def states(log: WriteAheadLog) -> dict[str | bytes, Any]:
    return {client: log.retrieve(client) for client in log.clients()}


def test_each_id_counts_once(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    published = with_duplicates(FLIGHTS, 0.05, seed=1)
    fill(broker, queue, published)
    consumer = consumer_type(totals_log, broker.url, queue, delta_of)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == len(published))
    assert states(totals_log) == totals(FLIGHTS)
    assert message_count(broker.url, queue) == 0


def test_nothing_is_acknowledged_before_it_is_durable(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:500])
    consumer = consumer_type(totals_log, broker.url, queue, delta_of, prefetch=200)
    consumer._log = held = ScriptedLog(totals_log)
    held.hold = True
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.delivered == 200)
        totals_log.flush()
        assert consumer.counters.acknowledged == 0
        held.release()
        running.wait_until(lambda: consumer.counters.acknowledged == 500)
    assert message_count(broker.url, queue) == 0


def test_a_busy_or_full_log_loses_nothing_and_keeps_the_order(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:300])
    handled: list[str | None] = []

    def handler(message: Message) -> Delta:
        handled.append(message.message_id)
        return delta_of(message)

    errors = itertools.cycle([BusyError("busy"), None, None, None, NoSpaceError("full"), None])
    consumer = consumer_type(totals_log, broker.url, queue, handler)
    consumer._log = scripted = ScriptedLog(totals_log)
    scripted.refuse = lambda: next(errors)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 300)
    assert handled == [str(flight.id) for flight in FLIGHTS[:300]]
    assert states(totals_log) == totals(FLIGHTS[:300])


def test_after_a_failed_flush_nothing_more_is_acknowledged(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:500])
    consumer = consumer_type(totals_log, broker.url, queue, delta_of, prefetch=100)
    consumer._log = scripted = ScriptedLog(totals_log)
    scripted.hold = True
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.delivered == 100)
        scripted.release(PoisonedError("a flush failed"))
        running.join()
        assert isinstance(running.error, PoisonedError)
        running.error = None
    assert consumer.counters.acknowledged == 0
    wait_until(lambda: message_count(broker.url, queue) == 500)


def test_a_new_connection_never_acknowledges_old_tags(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:300])
    consumer = consumer_type(totals_log, broker.url, queue, delta_of, prefetch=100)
    consumer._log = scripted = ScriptedLog(totals_log)
    scripted.hold = True
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.delivered == 100)
        assert broker.control("close_all_connections", "a test") == 0
        # The same hundred again, under the same numbers of a new channel. Now the old ones' records
        # become durable: had they been kept, two acknowledgements would meet one tag.
        running.wait_until(lambda: consumer.counters.delivered == 200)
        scripted.release()
        running.wait_until(lambda: consumer.counters.acknowledged == 300)
    assert consumer.counters.connections == 2
    assert consumer.counters.delivered == 400
    assert states(totals_log) == totals(FLIGHTS[:300])
    assert message_count(broker.url, queue) == 0


def test_stopping_acknowledges_what_was_submitted_and_returns_the_rest(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS)
    consumer: Any = None
    handled = 0

    def handler(message: Message) -> Delta:
        nonlocal handled
        handled += 1
        if handled == 700:
            consumer.stop()
        return delta_of(message)

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.join()
    assert consumer.counters.acknowledged == handled >= 700
    rest = take_ids(broker.url, queue)
    assert rest == [str(flight.id) for flight in FLIGHTS[handled:]]
    assert states(totals_log) == totals(FLIGHTS[:handled])


def test_several_deltas_of_a_message_are_one_batch(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, with_duplicates(FLIGHTS[:200], 0.2, seed=2))

    def handler(message: Message) -> list[Delta]:
        delta = delta_of(message)
        return [delta, Delta("all", delta.data)]

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    before = totals_log.durable_lsn
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 240)
    found = states(totals_log)
    of_all = found.pop("all")
    assert found == totals(FLIGHTS[:200])
    assert of_all == {name: sum(one[name] for one in found.values()) for name in of_all}
    # One record for both: LSNs count records.
    assert totals_log.durable_lsn - before == 200


def test_messages_without_effect_are_acknowledged(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:100])
    consumer = consumer_type(totals_log, broker.url, queue, lambda message: None)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 100)
    assert totals_log.clients() == []


def test_a_slow_handler_does_not_starve_heartbeats(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:100])

    def handler(message: Message) -> Delta:
        time.sleep(0.05)  # the work; all of it together outlasts the heartbeat's limit
        return delta_of(message)

    consumer = consumer_type(totals_log, broker.url + "?heartbeat=1", queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 100)
    assert consumer.counters.connections == 1


def test_the_log_may_be_closed_first(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    fill(broker, queue, FLIGHTS[:10])
    consumer = consumer_type(totals_log, broker.url, queue, delta_of)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 10)
        totals_log.close()
        fill(broker, queue, FLIGHTS[10:20])
        running.join()
        assert isinstance(running.error, SeawallError)
        running.error = None
    wait_until(lambda: message_count(broker.url, queue) == 10)
