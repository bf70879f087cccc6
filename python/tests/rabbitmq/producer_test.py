"""Whose ids they are: several queues in one log, and logs from before that was asked."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import pika
import pytest

from broker import Broker
from flight_totals import FlightTotals
from running import CONSUMERS, Running
from seawall import FileSystemStorage, InvalidArgumentError, MemoryStorage, WriteAheadLog
from seawall.rabbitmq import Clear, Delta, DurableConsumer, Message
from seawall.rabbitmq.default_producer import default_producer, note_named_producer

of_both = pytest.mark.parametrize("consumer_type", CONSUMERS)
ONE = {"k": 1}


def count(_: Message) -> Delta:
    return Delta("client", ONE)


def put(broker: Broker, queue: str, *message_ids: str, exchange: str = "") -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for message_id in message_ids:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
            channel.basic_publish(exchange, queue, b"{}", properties, mandatory=True)


@pytest.fixture
def other_queue(broker: Broker) -> str:
    name = f"others-{uuid.uuid4().hex[:8]}"
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().queue_declare(name, durable=True)
    return name


@of_both
def test_two_queues_with_ids_of_their_own_share_a_log(
    consumer_type: type[Any], broker: Broker, queue: str, other_queue: str, totals_log: WriteAheadLog
) -> None:
    for name in (queue, other_queue):
        put(broker, name, *map(str, range(20)), "3")
    consumers = [
        consumer_type(totals_log, broker.url, name, count) for name in (queue, other_queue)
    ]
    with Running(consumers[0]) as one, Running(consumers[1]) as other:
        for running in (one, other):
            running.wait_until(lambda: all(c.counters.acknowledged == 21 for c in consumers))
    assert totals_log.retrieve("client") == {"k": 40}
    assert [(c.counters.committed, c.counters.duplicate) for c in consumers] == [(20, 1)] * 2


@of_both
def test_a_log_from_before_knows_its_ids(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    for number in range(5):
        totals_log.persist("client", ONE, str(number))
    put(broker, queue, *map(str, range(8)))
    consumer = consumer_type(totals_log, broker.url, queue, count)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 8)
    assert totals_log.retrieve("client") == {"k": 8}
    assert (consumer.counters.committed, consumer.counters.duplicate) == (3, 5)


@of_both
def test_outcomes_are_counted(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1", "2", "2", "end", "3", "4", "nothing")

    def handler(message: Message) -> Any:
        if message.message_id == "nothing":
            return None
        if message.message_id == "end":
            return [Clear("client"), Delta("other", ONE)]
        return Delta("client", ONE)

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 7)
    counters = consumer.counters
    assert (counters.committed, counters.duplicate, counters.cleared) == (4, 1, 2)


@of_both
def test_a_message_names_its_queue_and_exchange(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(f"{queue}-exchange", "fanout")
        channel.queue_bind(queue, f"{queue}-exchange")
    put(broker, queue, "1")
    put(broker, "key", "2", exchange=f"{queue}-exchange")
    found: list[tuple[str, str, str]] = []

    def handler(message: Message) -> None:
        found.append((message.queue, message.exchange, message.routing_key))

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 2)
    assert found == [(queue, "", queue), (queue, f"{queue}-exchange", "key")]


def open_log(base_dir: Path) -> WriteAheadLog:
    return WriteAheadLog(FlightTotals(), FileSystemStorage(), "log", base_dir, text_ids_kept_us=1)


def test_a_new_log_names_them_for_ever(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert default_producer(log, "a") == "a"
        assert log.clients() == []
        for number in range(20):
            log.persist("client", ONE, str(number))
        log.checkpoint()
    with open_log(tmp_path) as log:
        before = log.durable_lsn
        assert default_producer(log, "a") == "a"
        assert default_producer(log, "b") == "b"
        assert log.durable_lsn == before


def test_a_log_from_before_keeps_the_empty_name_for_one_queue(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_log(tmp_path) as log:
        log.submit("client", ONE, "1")  # not durable yet, perhaps
        with caplog.at_level(logging.WARNING):
            assert default_producer(log, "a") == ""
        assert "without producers" in caplog.text
        log.checkpoint()
    with open_log(tmp_path) as log:
        for _ in range(2):
            assert default_producer(log, "a") == ""
            with pytest.raises(InvalidArgumentError, match="producer='b'"):
                default_producer(log, "b")
        assert log.clients() == ["client"]


def test_a_named_producer_is_taken_as_it_is(tmp_path: Path) -> None:
    old = WriteAheadLog(FlightTotals(), MemoryStorage(), "old", tmp_path)
    old.persist("client", ONE, "1")
    for producer in ("", "p", b"p"):
        assert DurableConsumer(old, "amqp://", "q", count, producer=producer)._options.producer == producer
    assert default_producer(old, "a") == ""
    new = WriteAheadLog(FlightTotals(), MemoryStorage(), "new", tmp_path)
    note_named_producer(new)
    new.persist("client", ONE, "1")
    assert default_producer(new, "a") == "a"
