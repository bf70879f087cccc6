"""The ways of consuming that are compared. Each handles a message alike: parse, make a delta."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pika

from seawall import ConsumerStateInterpreter, FileSystemStorage, WriteAheadLog
from seawall.rabbitmq import Delta, DurableConsumer, Message
from seawall.rabbitmq.async_durable_consumer import AsyncDurableConsumer

PREFETCH = 300


def delta_of(body: bytes) -> tuple[str, dict[str, Any]]:
    flight = json.loads(body)
    return flight.pop("origin"), flight


class Stopwatch:
    """Time from the first message to the last."""

    def __init__(self, messages: int) -> None:
        self._left = messages
        self._begin_s = 0.0
        self.seconds = 0.0

    def message(self) -> bool:
        """Counts one; returns whether it was the last."""
        if self._begin_s == 0.0:
            self._begin_s = time.perf_counter()
        self._left -= 1
        return self._left == 0

    def stop(self) -> None:
        self.seconds = time.perf_counter() - self._begin_s


def auto_ack(url: str, queue: str, messages: int, base_dir: Path) -> float:
    """Acknowledged by the broker when sent, state in memory only: fast, and lost with the process."""
    watch, state = Stopwatch(messages), dict[str, dict[str, Any]]()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()

        def on_message(_channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
            client, data = delta_of(body)
            state.setdefault(client, {}).update(data)
            if watch.message():
                channel.stop_consuming()

        channel.basic_consume(queue, on_message, auto_ack=True)
        channel.start_consuming()
        watch.stop()
    return watch.seconds


def acknowledge_only(url: str, queue: str, messages: int, base_dir: Path) -> float:
    """Prefetch and acknowledgements as `DurableConsumer` has them, state in memory only: what is left of
    `auto_ack`'s speed once the broker must keep a message until it is acknowledged."""
    watch, state = Stopwatch(messages), dict[str, dict[str, Any]]()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=PREFETCH)

        def on_message(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
            client, data = delta_of(body)
            state.setdefault(client, {}).update(data)
            is_last = watch.message()
            if is_last or method.delivery_tag % (PREFETCH // 4) == 0:
                channel.basic_ack(method.delivery_tag, multiple=True)
            if is_last:
                channel.stop_consuming()

        channel.basic_consume(queue, on_message)
        channel.start_consuming()
        watch.stop()
    return watch.seconds


def fsync_each(url: str, queue: str, messages: int, base_dir: Path) -> float:
    """A line appended, flushed and acknowledged per message: the least that is durable."""
    watch, state = Stopwatch(messages), dict[str, dict[str, Any]]()
    log = os.open(base_dir / "lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=PREFETCH)

        def on_message(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            client, data = delta_of(body)
            line = json.dumps([client, properties.message_id, data])
            os.write(log, line.encode() + b"\n")
            os.fsync(log)
            state.setdefault(client, {}).update(data)
            channel.basic_ack(method.delivery_tag)
            if watch.message():
                channel.stop_consuming()

        channel.basic_consume(queue, on_message)
        channel.start_consuming()
        watch.stop()
    os.close(log)
    return watch.seconds


async def async_durable_consumer(url: str, queue: str, messages: int, base_dir: Path) -> float:
    """`AsyncDurableConsumer`, as `durable_consumer`."""
    watch = Stopwatch(messages)
    interpreter, storage = ConsumerStateInterpreter(), FileSystemStorage()
    with WriteAheadLog(interpreter, storage, "bench", base_dir) as log:

        def handler(message: Message) -> Delta:
            if watch.message():
                consumer.stop()
            return Delta(*delta_of(message.body))

        consumer = AsyncDurableConsumer(log, url, queue, handler, prefetch=PREFETCH)
        await consumer.run()
        watch.stop()
    assert consumer.counters.acknowledged == messages
    return watch.seconds


def aio_durable_consumer(url: str, queue: str, messages: int, base_dir: Path) -> float:
    return asyncio.run(async_durable_consumer(url, queue, messages, base_dir))


def durable_consumer(url: str, queue: str, messages: int, base_dir: Path) -> float:
    """`DurableConsumer`; the time ends when all is durable and acknowledged."""
    watch = Stopwatch(messages)
    interpreter, storage = ConsumerStateInterpreter(), FileSystemStorage()
    with WriteAheadLog(interpreter, storage, "bench", base_dir) as log:

        def handler(message: Message) -> Delta:
            if watch.message():
                consumer.stop()
            return Delta(*delta_of(message.body))

        consumer = DurableConsumer(log, url, queue, handler, prefetch=PREFETCH)
        consumer.run()
        watch.stop()
    assert consumer.counters.acknowledged == messages
    return watch.seconds
