"""Handlers that ask or change the log: they find all that their queue delivered before."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pika
import pytest

from broker import Broker
from queue_state import message_count
from running import CONSUMERS, Running
from seawall import WriteAheadLog
from seawall.rabbitmq import Clear, Delta, Message
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer
from seawall.rabbitmq.staging import Staging

pytestmark = pytest.mark.parametrize("consumer_type", CONSUMERS)

ONE = {"k": 1}


def put(broker: Broker, queue: str, *message_ids: str) -> None:
    """Puts messages into the queue, all before any consumer is there."""
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for message_id in message_ids:
            properties = pika.BasicProperties(delivery_mode=2, message_id=message_id)
            channel.basic_publish("", queue, b"{}", properties, mandatory=True)


def numbers(count: int, first: int = 0) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def consume(consumer: Any, messages: int) -> None:
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == messages)


def counting(call: Callable[[Message], Any]) -> Callable[[Message], Any]:
    """Returns a handler that counts messages for "client" and has `call` deal with all others."""
    return lambda message: (
        Delta("client", ONE) if str(message.message_id).isdigit() else call(message)
    )


def test_a_retrieve_finds_all_that_was_delivered_before(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(100), "end")
    found: list[Any] = []

    def ask(log: WriteAheadLog) -> None:  # knows nothing of the consumer
        found.append(log.retrieve("client"))

    consume(
        consumer_type(totals_log, broker.url, queue, counting(lambda _: ask(totals_log))), 101
    )
    assert found == [{"k": 100}]


def test_other_questions_do_too(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(10), "seen", *numbers(10, 10), "clients", *numbers(10, 20), "flush")
    found: dict[str, Any] = {}

    def handler(message: Message) -> Delta | None:
        if message.message_id == "seen":
            found["seen"] = totals_log.seen("client-9", "9", producer=message.queue)
        elif message.message_id == "clients":
            found["clients"] = len(totals_log.clients())
        elif message.message_id == "flush":
            totals_log.flush()
            found["durable"] = totals_log._native.retrieve("client-29") is not None
        else:
            return Delta(f"client-{message.message_id}", ONE)
        return None

    consume(consumer_type(totals_log, broker.url, queue, handler), 33)
    assert found == {"seen": True, "clients": 20, "durable": True}


def test_a_change_comes_in_the_queues_order(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(50), "clear", *numbers(10, 50))
    consume(
        consumer_type(
            totals_log, broker.url, queue, counting(lambda _: totals_log.clear("client") and None)
        ),
        61,
    )
    assert totals_log.retrieve("client") == {"k": 10}


@pytest.mark.parametrize("how", ["persist", "submit", "batch", "persist_many"])
def test_a_record_of_the_handler_comes_after_those_before(
    consumer_type: type[Any], how: str, broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(5), "own")
    lsns: list[int] = []

    def own(_: Message) -> None:
        if how == "batch":
            with totals_log.batch() as batch:
                batch.persist("own", ONE, 1)
            lsns.append(batch.receipt.lsn)
        elif how == "persist_many":
            lsns.append(totals_log.persist_many([("own", ONE, 1)])[0].lsn)
        else:
            lsns.append(getattr(totals_log, how)("own", ONE, 1).lsn)

    consume(consumer_type(totals_log, broker.url, queue, counting(own)), 6)
    assert totals_log.retrieve("client") == {"k": 5}
    assert lsns == [totals_log.durable_lsn]  # five of the queue before it, none after


def test_what_a_coroutine_starts_finds_it_too(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    if consumer_type is not AsyncDurableConsumer:
        pytest.skip("for coroutines alone")
    put(broker, queue, *numbers(20), "here", *numbers(20, 20), "thread", *numbers(20, 40), "task")
    found: list[Any] = []

    async def ask() -> None:
        await totals_log.apersist("own", ONE, len(found))
        found.append(totals_log.retrieve("client"))

    async def handler(message: Message) -> Delta | None:
        if message.message_id == "here":
            await ask()
        elif message.message_id == "thread":
            found.append(await asyncio.to_thread(totals_log.retrieve, "client"))
        elif message.message_id == "task":
            await asyncio.create_task(ask())
        else:
            return Delta("client", ONE)
        return None

    consume(consumer_type(totals_log, broker.url, queue, handler), 63)
    assert found == [{"k": 20}, {"k": 40}, {"k": 60}]


def test_handlers_that_do_not_ask_wait_for_nothing(
    consumer_type: type[Any],
    broker: Broker,
    queue: str,
    totals_log: WriteAheadLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(broker, queue, *numbers(200))
    handed_over: list[bool] = []
    monkeypatch.setattr(Staging, "hand_over", lambda self, durable: handed_over.append(durable))
    consume(consumer_type(totals_log, broker.url, queue, counting(lambda _: None)), 200)
    assert handed_over == []
    assert totals_log.retrieve("client") == {"k": 200}


def test_a_message_that_is_refused_is_settled_before_those_that_ask(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(5), "bad", *numbers(5, 5), "end")
    calls: list[str | None] = []
    found: list[Any] = []

    def handler(message: Message) -> Delta | None:
        calls.append(message.message_id)
        if message.message_id == "bad":
            return Delta("", ONE)  # no client: the log refuses it
        if message.message_id == "end":
            found.append(totals_log.retrieve("client"))
            return None
        return Delta("client", ONE)

    consumer = consumer_type(
        totals_log, broker.url, queue, handler, poison="reject", tries=2, prefetch=300
    )
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 11)
    assert consumer.counters.rejected == 1
    assert found == [{"k": 10}]
    assert calls.count("bad") == 2
    assert all(calls.count(number) == 1 for number in numbers(10))


def test_a_message_clears_with_its_own_id(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    ids = [*numbers(10), "end", *numbers(3, 10)]
    put(broker, queue, *ids, *ids, "new life", *numbers(1, 20))
    handler = counting(lambda message: Clear("client", keep_ids=message.message_id == "end"))
    consumer = consumer_type(totals_log, broker.url, queue, handler, producer="")
    consume(consumer, 30)
    # Ended for good, so what came after the end or once more had no effect, until a plain clear.
    assert totals_log.retrieve("client") == {"k": 1}
    assert message_count(broker.url, queue) == 0


def test_clears_and_deltas_of_a_message_are_one_record(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, *numbers(4), "move", "bad", "end")

    def call(message: Message) -> Any:
        if message.message_id == "bad":
            return [Clear("client"), Delta("client", ONE)]  # both with one id
        changes = [Clear("client"), Delta("other", ONE), Clear("a third", keep_ids=False)]
        return changes if message.message_id == "move" else None

    consumer = consumer_type(
        totals_log, broker.url, queue, counting(call), poison="reject", tries=1
    )
    before = totals_log.durable_lsn
    with Running(consumer) as running:
        running.wait_until(lambda: consumer.counters.acknowledged == 6)
    assert consumer.counters.rejected == 1
    assert totals_log.clients() == ["other"]
    assert totals_log.durable_lsn - before == 5


def test_calls_after_the_run_are_as_ever(
    consumer_type: type[Any], broker: Broker, queue: str, totals_log: WriteAheadLog
) -> None:
    put(broker, queue, "1")
    consumer: Any = None
    context: list[Any] = []

    def handler(message: Message) -> Delta:
        consumer.stop()
        return Delta("client", ONE)

    consumer = consumer_type(totals_log, broker.url, queue, handler)
    runs: Callable[[], Awaitable[None] | None] = consumer.run
    if inspect.iscoroutinefunction(runs):

        async def run() -> None:
            await consumer.run()
            context.append(totals_log.retrieve("client"))

        asyncio.run(run())
    else:
        runs()
        context.append(totals_log.retrieve("client"))
    assert context == [{"k": 1}]
    assert message_count(broker.url, queue) == 0
