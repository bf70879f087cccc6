"""One log per queue: what a consumer finds when it is not alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from broker import Broker
from flight_totals import FlightTotals
from running import CONSUMERS, Running
from seawall import MemoryStorage, WriteAheadLog
from seawall.rabbitmq import ConsumerOptions, Delta, Message, OtherConsumersError
from seawall.rabbitmq.connection_errors import is_refused
from seawall.rabbitmq.other_consumers import check_others

of_both = pytest.mark.parametrize("consumer_type", CONSUMERS)
WORDS = "use one log per queue"


def count(_: Message) -> Delta:
    return Delta("client", {"k": 1})


@pytest.fixture
def other_log(tmp_path: Path) -> Iterator[WriteAheadLog]:
    with WriteAheadLog(FlightTotals(), MemoryStorage(), "other", tmp_path) as log:
        yield log


def connected(consumer: Any) -> bool:
    return bool(consumer.counters.connections)


@of_both
def test_a_second_log_is_warned_of(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    other_log: WriteAheadLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = consumer_type(totals_log, broker.url, queue, count)
    with Running(first) as running:
        running.wait_until(lambda: connected(first))
        assert WORDS not in caplog.text.lower()
        second = consumer_type(other_log, broker.url, queue, count)
        with Running(second) as other:
            other.wait_until(lambda: connected(second))
    assert caplog.text.lower().count(WORDS) == 1


@of_both
def test_a_second_log_can_be_refused(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    other_log: WriteAheadLog,
) -> None:
    first = consumer_type(totals_log, broker.url, queue, count, other_consumers="refuse")
    with Running(first) as running:
        running.wait_until(lambda: connected(first))
        second = consumer_type(other_log, broker.url, queue, count, other_consumers="refuse")
        with Running(second) as other:
            other.join()
            assert isinstance(other.error, OtherConsumersError)
            other.error = None
        assert second.counters.connections == 0
        running.wait_until(lambda: True)


@of_both
def test_consumers_that_share_a_log_are_no_others(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = (
        consumer_type(totals_log, broker.url, queue, count, other_consumers="refuse")
        for _ in range(2)
    )
    with Running(first) as one, Running(second) as other:
        one.wait_until(lambda: connected(first))
        other.wait_until(lambda: connected(second))
    assert WORDS not in caplog.text.lower()


@of_both
def test_a_single_active_consumer_is_declared(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    name = f"{queue}-single"
    consumer = consumer_type(totals_log, broker.url, name, count, single_active=True)
    with Running(consumer) as running:
        running.wait_until(lambda: connected(consumer))
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().queue_declare(
            name, durable=True, arguments={"x-single-active-consumer": True}
        )
    # The queue of the fixture is none.
    consumer = consumer_type(totals_log, broker.url, queue, count, single_active=True)
    with Running(consumer) as running:
        running.join()
        error, running.error = running.error, None
    assert error is not None and is_refused(error) and "x-single-active-consumer" in str(error)


def test_after_a_lost_connection_it_is_tried_again(totals_log: WriteAheadLog) -> None:
    native, refuse = totals_log._native, ConsumerOptions(other_consumers="refuse")
    with pytest.raises(OtherConsumersError) as first:
        check_others(native, "q", 2, refuse, is_first=True)
    assert is_refused(first.value)
    with pytest.raises(ConnectionError) as later:
        check_others(native, "q", 2, refuse, is_first=False)
    assert not is_refused(later.value)
    check_others(native, "q", 1, refuse, is_first=True)
    check_others(native, "q", 5, ConsumerOptions(other_consumers="allow"), is_first=True)


def test_contradictions_are_refused() -> None:
    arguments = {"x-single-active-consumer": False}
    with pytest.raises(ValueError, match="single_active"):
        ConsumerOptions(single_active=True, queue_arguments=arguments)
    both = ConsumerOptions(single_active=True, queue_arguments={"x-max-length": 9})
    assert both.declared_arguments == {"x-max-length": 9, "x-single-active-consumer": True}
    for wrong in ({"other_consumers": "x"}, {"signals": "x"}, {"connect_timeout_s": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ConsumerOptions(**wrong)
