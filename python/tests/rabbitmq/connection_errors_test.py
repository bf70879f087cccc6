"""The table of connection errors: against real causes, and against its page."""

from __future__ import annotations

import importlib
import re
import socket
import ssl
from pathlib import Path
from typing import Any

import aiormq.exceptions
import pika
import pika.exceptions
import pytest

from broker import Broker, free_ports
from ports import silent_port
from running import CONSUMERS, Running, wait_until
from seawall import PoisonedError, WriteAheadLog
from seawall.rabbitmq import Delta, Message, PoisonMessageError
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer
from seawall.rabbitmq.connection_errors import RULES, Answer, is_refused, rule_for
from seawall.rabbitmq.durable_consumer import DurableConsumer
from tls_front import Front, TlsFront, make_certificate

of_both = pytest.mark.parametrize("consumer_type", CONSUMERS)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "rabbitmq.md"
LOOPBACK = "amqp://guest:guest@127.0.0.1:{}/%2F"


def count(_: Message) -> Delta:
    return Delta("client", {"k": 1})


def put(broker: Broker, queue: str, *message_ids: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        for message_id in message_ids:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
            connection.channel().basic_publish("", queue, b"{}", properties)


class Tries:
    """Counts a consumer's failed tries to connect, by what it logs."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def __call__(self) -> int:
        return sum("no connection" in record.getMessage() for record in self._caplog.records)


@pytest.fixture
def tries(caplog: pytest.LogCaptureFixture) -> Tries:
    return Tries(caplog)


def test_the_page_has_the_table() -> None:
    rows = re.findall(r"^\| (.*?) \| (again|refused) \|$", PAGE.read_text(), re.M)
    assert rows == [(rule.what, rule.answer.value) for rule in RULES]


@pytest.mark.parametrize("number", range(len(RULES)))
def test_the_classes_of_the_table_exist(number: int) -> None:
    for name in RULES[number].errors:
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(module), kind)
        assert issubclass(found, BaseException)


def of_pika(code: int, said: str) -> Exception:
    return pika.exceptions.ChannelClosedByBroker(code, said)


@pytest.mark.parametrize(
    "said, answer",
    [
        ("NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is down or inaccessible", Answer.AGAIN),
        ("NOT_FOUND - queue 'q' in vhost '/' process is stopped by supervisor", Answer.AGAIN),
        ("NOT_FOUND - failed to perform operation on queue 'q' in vhost '/' due to timeout", Answer.AGAIN),
        ("ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use", Answer.AGAIN),
        ("RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q'", Answer.AGAIN),
        ("NOT_FOUND - no queue 'q' in vhost '/'", Answer.REFUSED),
        ("PRECONDITION_FAILED - inequivalent arg 'x-max-length'", Answer.REFUSED),
        ("ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'u'", Answer.REFUSED),
    ],
)
def test_what_a_broker_says_of_a_queue(said: str, answer: Answer) -> None:
    kinds = {
        "NOT_FOUND": (404, aiormq.exceptions.ChannelNotFoundEntity),
        "ACCESS_REFUSED": (403, aiormq.exceptions.ChannelAccessRefused),
        "RESOURCE_LOCKED": (405, aiormq.exceptions.ChannelLockedResource),
        "PRECONDITION_FAILED": (406, aiormq.exceptions.ChannelPreconditionFailed),
    }
    code, kind = kinds[said.split(" ")[0]]
    for error in (of_pika(code, said), kind(said)):
        rule = rule_for(error)
        assert rule is not None and rule.answer is answer, error


def test_what_is_not_of_the_connection_is_raised() -> None:
    for error in (PoisonedError(), PoisonMessageError(), KeyError(), ValueError("a bad URL")):
        assert rule_for(error) is None and is_refused(error)
    # A connection that is lost while pika waits for the answer to the password.
    lost = pika.exceptions.ProbableAuthenticationError("StreamLostError: ('Transport EOF',)")
    assert not is_refused(lost)


def test_what_a_broker_says_later_is_not_refused() -> None:
    said = "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out"
    for kind, refused in (
        (pika.exceptions.ConsumerCancelled, of_pika(406, said)),
        (ConnectionError, aiormq.exceptions.ChannelPreconditionFailed(said)),
    ):
        assert is_refused(refused)
        try:
            raise kind(f"the broker has closed the channel: {refused}") from refused
        except Exception as error:
            assert not is_refused(error)


@of_both
@pytest.mark.parametrize(
    "url",
    [
        "amqp://guest:wrong@127.0.0.1:{port}/%2F",
        "amqp://guest:guest@127.0.0.1:{port}/no-such-vhost",
    ],
)
def test_a_wrong_password_or_vhost_is_refused(
    consumer_type: type[Any], url: str, broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    consumer = consumer_type(totals_log, url.format(port=broker.port), queue, count)
    with Running(consumer) as running:
        running.join()
        error, running.error = running.error, None
    assert error is not None
    rule = rule_for(error)
    assert rule is not None and rule.answer is Answer.REFUSED, error
    assert consumer.counters.connections == 0


@of_both
def test_a_vhost_with_too_many_connections_is_tried_again(
    consumer_type: type[Any], broker: Broker, totals_log: WriteAheadLog, tries: Tries
) -> None:
    broker.control("add_vhost", "limited")
    broker.control("set_permissions", "-p", "limited", "guest", ".*", ".*", ".*")
    broker.control("set_vhost_limits", "-p", "limited", '{"max-connections": 0}')
    url = broker.url.replace("%2F", "limited")
    consumer = consumer_type(totals_log, url, "flights", count, queue_arguments={})
    with Running(consumer) as running:
        running.wait_until(lambda: tries() >= 2)
        broker.control("clear_vhost_limits", "-p", "limited")
        running.wait_until(lambda: consumer.counters.connections == 1)


@of_both
def test_a_port_that_refuses_is_tried_until_it_takes(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog, tries: Tries
) -> None:
    put(broker, queue, "1")
    (port,) = free_ports(1)
    consumer = consumer_type(totals_log, LOOPBACK.format(port), queue, count)
    with Running(consumer) as running:
        running.wait_until(lambda: tries() >= 2)
        with Front(broker.port, port):
            running.wait_until(lambda: consumer.counters.acknowledged == 1)
            consumer.stop()
            running.join()


@of_both
def test_a_silent_port_is_tried_again(
    consumer_type: type[Any], queue: str, totals_log: WriteAheadLog, tries: Tries
) -> None:
    with silent_port() as port:
        consumer = consumer_type(
            totals_log, LOOPBACK.format(port), queue, count, connect_timeout_s=0.2
        )
        with Running(consumer) as running:
            running.wait_until(lambda: tries() >= 2)


@of_both
def test_a_name_that_resolves_later_is_found(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    tries: Tries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(broker, queue, "1")
    resolve = socket.getaddrinfo
    failures = iter(range(3))

    def resolver(host: Any, *arguments: Any, **more: Any) -> Any:
        if host != "broker.test":
            return resolve(host, *arguments, **more)
        if next(failures, None) is not None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve("127.0.0.1", *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = broker.url.replace("127.0.0.1", "broker.test")
    consumer = consumer_type(totals_log, url, queue, count)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 1)
    assert tries() == 3


@of_both
def test_tls_on_a_plain_port_is_tried_again(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog, tries: Tries
) -> None:
    url = broker.url.replace("amqp:", "amqps:")
    consumer = consumer_type(totals_log, url, queue, count)
    with Running(consumer) as running:
        running.wait_until(lambda: tries() >= 2)


@of_both
def test_a_certificate_of_nobody_is_refused(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog, tmp_path: Path
) -> None:
    with TlsFront(broker.port, *make_certificate(tmp_path)) as front:
        connection: Any = f"amqps://guest:guest@127.0.0.1:{front.port}/%2F"
        if consumer_type is DurableConsumer:
            options = pika.SSLOptions(ssl.create_default_context(), "localhost")
            connection = pika.ConnectionParameters("127.0.0.1", front.port, ssl_options=options)
        with Running(consumer_type(totals_log, connection, queue, count)) as running:
            running.join()
            error, running.error = running.error, None
    rule = rule_for(error) if error is not None else None
    assert rule is not None and "certificate" in rule.what, error


@of_both
def test_a_queue_in_exclusive_use_is_tried_again(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog, tries: Tries
) -> None:
    put(broker, queue, "1")
    consumer = consumer_type(totals_log, broker.url, queue, count)
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as other:
        other.channel().basic_consume(queue, lambda *_: None, exclusive=True)
        with Running(consumer) as running:
            running.wait_until(lambda: tries() >= 2)
            other.close()
            running.wait_until(lambda: consumer.counters.acknowledged == 1)


def test_a_channel_that_the_broker_closes_is_made_again(
    broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1", "2")
    consumer: Any = None

    async def handler(message: Message) -> Delta:
        if consumer.counters.connections == 1:
            await message.properties.channel.basic_ack(1 << 40)  # no such delivery
        return count(message)

    consumer = AsyncDurableConsumer(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 2)
    assert consumer.counters.connections == 2
    assert totals_log.retrieve("client") == {"k": 2}
