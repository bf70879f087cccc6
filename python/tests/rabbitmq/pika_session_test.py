"""What the pika consumer does while pika still decodes what it has read."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pika
import pika.exceptions
import pytest

from broker import Broker
from flight_totals import delta_of
from flights import read_flights, totals, with_duplicates
from publisher import publish
from queue_state import message_count
from running import Running, wait_until
from seawall import WriteAheadLog
from seawall.rabbitmq import Delta, DurableConsumer, Message, PoisonMessageError, pika_session
from seawall.rabbitmq.pika_connection import PikaConnection
from tls_front import TlsFront, make_certificate

FLIGHTS = read_flights()[:250]  # less than a prefetch window


def with_a_burst(
    broker: Broker, queue: str, handler: Callable[[Message], Delta]
) -> Callable[[Message], Delta]:
    """Puts the first flight into the queue; returns `handler`, which then finds that the broker has sent
    all others while it handled this one."""
    publish(broker.url, FLIGHTS[:1], lambda flight: queue)

    def handle(message: Message) -> Delta:
        if message.message_id == str(FLIGHTS[0].id):
            publish(broker.url, FLIGHTS[1:], lambda flight: queue)
            wait_until(lambda: message_count(broker.url, queue) == 0)
        return handler(message)

    return handle


def test_messages_are_acknowledged_while_others_are_decoded(
    broker: Broker, queue: str, totals_log: WriteAheadLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer: DurableConsumer
    acknowledged_in_polls = 0
    poll = PikaConnection.poll

    def watched_poll(self: PikaConnection, wait_s: float) -> None:
        nonlocal acknowledged_in_polls
        before = consumer.counters.acknowledged
        poll(self, wait_s)
        acknowledged_in_polls += consumer.counters.acknowledged - before

    def handler(message: Message) -> Delta:
        # So that what was submitted may be acknowledged. `flush` would submit what is handled, too.
        totals_log._native.wait(totals_log._native.submitted_lsn(), None)
        return delta_of(message)

    monkeypatch.setattr(pika_session, "SLICE_S", 10.0)  # a slow flush must not end it
    monkeypatch.setattr(PikaConnection, "poll", watched_poll)
    handle = with_a_burst(broker, queue, handler)
    consumer = DurableConsumer(totals_log, broker.url, queue, handle)
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == len(FLIGHTS))
    assert acknowledged_in_polls > 0


@pytest.mark.parametrize("connection_goes_too", [False, True])
def test_what_fails_meanwhile_ends_the_run_at_once(
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    monkeypatch: pytest.MonkeyPatch,
    connection_goes_too: bool,
) -> None:
    bad = str(FLIGHTS[150].id)
    calls: list[str | None] = []
    poll = PikaConnection.poll

    def lossy_poll(self: PikaConnection, wait_s: float) -> None:
        poll(self, wait_s)
        if connection_goes_too and bad in calls:
            raise pika.exceptions.StreamLostError("a test")

    def handler(message: Message) -> Delta:
        calls.append(message.message_id)
        if message.message_id == bad:
            raise KeyError("origin")
        return delta_of(message)

    monkeypatch.setattr(PikaConnection, "poll", lossy_poll)
    handle = with_a_burst(broker, queue, handler)
    consumer = DurableConsumer(totals_log, broker.url, queue, handle, tries=1)
    with Running(consumer) as running:
        running.join()
        assert isinstance(running.error, PoisonMessageError)
        running.error = None
    assert calls == [str(flight.id) for flight in FLIGHTS[:151]]
    left = len(FLIGHTS) - consumer.counters.acknowledged
    wait_until(lambda: message_count(broker.url, queue) == left)


def test_nothing_is_handled_after_a_failure(
    broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    calls: list[str | None] = []

    def handler(message: Message) -> Delta:
        calls.append(message.message_id)
        raise KeyError("origin")

    handle = with_a_burst(broker, queue, handler)
    consumer = DurableConsumer(totals_log, broker.url, queue, handle, tries=1)
    with Running(consumer) as running:
        running.join()
        assert isinstance(running.error, PoisonMessageError)
        running.error = None
    assert len(calls) == 1


def test_it_is_exact_over_tls(
    broker: Broker, queue: str, totals_log: WriteAheadLog, tmp_path: Path
) -> None:
    published = with_duplicates(FLIGHTS, 0.1, seed=3)
    publish(broker.url, published, lambda flight: queue)
    certificate, key = make_certificate(tmp_path)
    with TlsFront(broker.port, certificate, key) as front:
        options = pika.SSLOptions(ssl.create_default_context(cafile=str(certificate)), "localhost")
        parameters = pika.ConnectionParameters("127.0.0.1", front.port, ssl_options=options)
        consumer = DurableConsumer(totals_log, parameters, queue, delta_of)
        with Running(consumer) as running:
            running.wait_until(lambda: consumer.counters.acknowledged == len(published))
    assert {client: totals_log.retrieve(client) for client in totals_log.clients()} == totals(FLIGHTS)
    assert consumer.counters.connections == 1
    assert message_count(broker.url, queue) == 0
