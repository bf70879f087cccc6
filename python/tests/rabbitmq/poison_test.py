"""Messages that cannot be handled, and queues that are not there."""

from __future__ import annotations

import uuid
from typing import Any

import aio_pika.exceptions
import pika
import pika.exceptions
import pytest

from broker import Broker
from queue_state import message_count, take_ids
from running import CONSUMERS, Running, wait_until
from seawall import WriteAheadLog
from seawall.rabbitmq import Delta, Message, MessageIdError, PoisonMessageError

pytestmark = pytest.mark.parametrize("consumer_type", CONSUMERS)


def put(broker: Broker, queue: str, *message_ids: str | None) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for message_id in message_ids:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
            channel.basic_publish("", queue, b"{}", properties, mandatory=True)


class Handler:
    """Fails for message "bad"; counts its calls."""

    def __init__(self) -> None:
        self.calls: list[str | None] = []

    def __call__(self, message: Message) -> Delta:
        self.calls.append(message.message_id)
        if message.message_id == "bad":
            raise KeyError("origin")
        return Delta("client", {"messages": 1})


@pytest.fixture
def dead_letter(broker: Broker) -> tuple[str, dict[str, str]]:
    """A dead-letter queue, and the arguments of a queue that uses it."""
    name = f"dead-{uuid.uuid4().hex[:8]}"
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(name, "fanout", durable=True)
        channel.queue_declare(name, durable=True)
        channel.queue_bind(name, name)
    return name, {"x-dead-letter-exchange": name}


def test_poison_goes_to_the_dead_letter_exchange_after_its_tries(
    consumer_type: type[Any],
    broker: Broker,
    dead_letter: tuple[str, dict[str, str]],
    totals_log: WriteAheadLog,
) -> None:
    dead, arguments = dead_letter
    queue = dead + "-source"
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().queue_declare(queue, durable=True, arguments=arguments)
    put(broker, queue, "1", "bad", "2", None, "3")
    handler = Handler()
    consumer = consumer_type(
        totals_log, broker.url, queue, handler, tries=3, queue_arguments=arguments
    )
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 3)
    assert handler.calls == ["1", "bad", "bad", "bad", "2", None, "3"]
    assert consumer.counters.rejected == 2
    assert totals_log.retrieve("client") == {"messages": 3}
    wait_until(lambda: message_count(broker.url, dead) == 2)
    assert take_ids(broker.url, dead) == ["bad", "None"]
    assert message_count(broker.url, queue) == 0


def test_without_a_dead_letter_exchange_poison_stops_and_stays(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1", "bad", "2")
    handler = Handler()
    consumer = consumer_type(totals_log, broker.url, queue, handler, tries=2)
    with Running(consumer) as running:
        running.join()
        assert isinstance(running.error, PoisonMessageError)
        assert isinstance(running.error.__cause__, KeyError)
        running.error = None
    assert handler.calls == ["1", "bad", "bad"]
    wait_until(lambda: message_count(broker.url, queue) >= 2)
    assert take_ids(broker.url, queue)[-2:] == ["bad", "2"]


def test_a_message_without_id_is_a_clear_error(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, None)
    consumer = consumer_type(totals_log, broker.url, queue, Handler())
    with Running(consumer) as running:
        running.join()
        assert isinstance(running.error, PoisonMessageError)
        assert isinstance(running.error.__cause__, MessageIdError)
        assert "message_id" in str(running.error)
        running.error = None
    consumer = consumer_type(
        totals_log, broker.url, queue, Handler(), message_id=lambda message: 7, producer="p"
    )
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 1)
    assert totals_log.seen("client", 7, producer="p")


def test_a_missing_queue_or_other_arguments_are_refused(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    refused = (
        pika.exceptions.ChannelClosedByBroker,
        aio_pika.exceptions.ChannelNotFoundEntity,
        aio_pika.exceptions.ChannelPreconditionFailed,
    )
    arguments: dict[str, Any]
    for name, arguments in (
        ("no-such-queue", {}),
        (queue, {"queue_arguments": {"x-max-length": 10}}),
        (queue, {"queue_arguments": {"x-dead-letter-exchange": "no-such-exchange"}}),
    ):
        consumer = consumer_type(totals_log, broker.url, name, Handler(), **arguments)
        with Running(consumer) as running:
            running.join()
            assert isinstance(running.error, refused), (name, running.error)
            running.error = None


def test_a_queue_deleted_meanwhile_is_an_error(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    consumer = consumer_type(totals_log, broker.url, queue, Handler())
    put(broker, queue, "1")
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 1)
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            connection.channel().queue_delete(queue)
        running.join()
        assert running.error is not None
        running.error = None
