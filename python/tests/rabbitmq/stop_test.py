"""Stopping ends `run` in every state, although what it waits for never comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pika
import pytest

from broker import Broker, free_ports
from ports import is_connected_to, silent_port
from queue_state import message_count
from running import CONSUMERS, Running, wait_until
from seawall import WriteAheadLog
from seawall.rabbitmq import Delta, Message, PoisonMessageError
from seawall.rabbitmq import async_durable_consumer, durable_consumer, failure
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer
from seawall.rabbitmq.backoff import Backoff

of_both = pytest.mark.parametrize("consumer_type", CONSUMERS)
LONG_S = 3600.0
LONG = f"?socket_timeout={LONG_S}&stack_timeout={LONG_S}"  # pika's own limits


def count(_: Message) -> Delta:
    return Delta("client", {"k": 1})


def put(broker: Broker, queue: str, *message_ids: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        for message_id in message_ids:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
            connection.channel().basic_publish("", queue, b"{}", properties)


def url_of(port: int, consumer_type: type[Any]) -> str:
    more = "" if consumer_type is AsyncDurableConsumer else LONG
    return f"amqp://guest:guest@127.0.0.1:{port}/%2F{more}"


@of_both
def test_while_it_connects(
    consumer_type: type[Any], queue: str, totals_log: WriteAheadLog
) -> None:
    with silent_port() as port:
        consumer = consumer_type(
            totals_log, url_of(port, consumer_type), queue, count, connect_timeout_s=LONG_S
        )
        with Running(consumer) as running:
            wait_until(lambda: is_connected_to(port))
            consumer.stop()
            running.join()


@of_both
def test_while_it_waits_to_connect_again(
    consumer_type: type[Any],
    queue: str,
    totals_log: WriteAheadLog,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for module in (durable_consumer, async_durable_consumer):
        monkeypatch.setattr(module, "CONNECTION_LOST", Backoff(LONG_S, LONG_S))
    (port,) = free_ports(1)
    consumer = consumer_type(totals_log, url_of(port, consumer_type), queue, count)
    with Running(consumer) as running:
        running.wait_until(lambda: "no connection" in caplog.text)
        consumer.stop()
        running.join()


@of_both
def test_while_a_message_waits_for_its_next_try(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failure, "FAILED_TRY", Backoff(LONG_S, LONG_S))
    put(broker, queue, "1", "bad", "2")
    calls: list[str | None] = []

    def handler(message: Message) -> Delta:
        calls.append(message.message_id)
        if message.message_id == "bad":
            raise KeyError("bad")
        return Delta("client", {"k": 1})

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: len(calls) == 2)
        consumer.stop()
        running.join()
    assert consumer.counters.acknowledged == 1
    assert message_count(broker.url, queue) == 2


def test_while_a_coroutine_of_the_handler_waits(
    broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1", "2", "3", "4")
    called: list[str | None] = []

    async def handler(message: Message) -> Delta:
        called.append(message.message_id)
        if message.message_id == "3":
            await asyncio.Event().wait()
        return Delta("client", {"k": 1})

    consumer = AsyncDurableConsumer(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.wait_until(lambda: len(called) == 3)
        consumer.stop()
        running.join()
    # Those before it are durable and acknowledged; it goes back, with those behind it.
    assert called == ["1", "2", "3"]
    assert consumer.counters.acknowledged == 2
    assert totals_log.retrieve("client") == {"k": 2}
    assert message_count(broker.url, queue) == 2


def test_a_coroutine_that_ends_soon_is_not_cut(
    broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1")
    consumer: Any = None

    async def handler(message: Message) -> Delta:
        consumer.stop()
        await asyncio.sleep(0)
        return Delta("client", {"k": 1})

    consumer = AsyncDurableConsumer(totals_log, broker.url, queue, handler)
    with Running(consumer) as running:
        running.join()
    assert consumer.counters.acknowledged == 1


def test_cancelling_run_cancels_the_handler(
    broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1")
    cancelled: list[str] = []

    async def main() -> None:
        waiting = asyncio.Event()

        async def handler(message: Message) -> None:
            waiting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append("handler")
                raise

        consumer = AsyncDurableConsumer(totals_log, broker.url, queue, handler)
        task = asyncio.create_task(consumer.run())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert consumer.counters.acknowledged == 0

    asyncio.run(main())
    assert cancelled == ["handler"]
    wait_until(lambda: message_count(broker.url, queue) == 1)


@of_both
def test_a_handler_that_awaits_a_cancelled_task_has_failed(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1")
    calls: list[str | None] = []

    def handler(message: Message) -> None:
        calls.append(message.message_id)
        raise asyncio.CancelledError  # what comes out of such an await

    async def coroutine(message: Message) -> None:
        calls.append(message.message_id)
        task = asyncio.create_task(asyncio.Event().wait())
        task.cancel()
        await task

    chosen: Any = coroutine if consumer_type is AsyncDurableConsumer else handler
    consumer = consumer_type(totals_log, broker.url, queue, chosen, tries=2)
    with Running(consumer) as running:
        running.join()
        assert isinstance(running.error, PoisonMessageError)
        running.error = None
    assert calls == ["1", "1"]
    assert consumer.counters.connections == 1
