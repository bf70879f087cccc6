"""One signal stops all consumers of a process, and whoever else waits for it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pika
import pytest

from broker import Broker, free_ports
from flight_totals import FlightTotals
from flights import Flight, read_flights, totals
from publisher import publish
from queue_state import message_count, wait_until_empty
from running import TIMEOUT_S, wait_until
from seawall import FileSystemStorage, Struct, Sum, WriteAheadLog
from seawall.rabbitmq.stop_signals import StopSignals

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[2] / "examples"
FLIGHTS = read_flights()[:400]


@contextmanager
def handled_by(handler: Any, number: int = signal.SIGTERM) -> Iterator[None]:
    previous = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, previous)


class Calls(list[str]):
    """Who was called, in order."""

    def handler(self, name: str) -> Any:
        def call(_number: int, _frame: FrameType | None) -> None:
            self.append(name)

        return call

    def stops(self, name: str, **options: Any) -> StopSignals:
        return StopSignals(lambda: self.append(name), **options)


def test_the_first_signal_is_passed_on_and_the_second_is_theirs() -> None:
    calls = Calls()
    with handled_by(calls.handler("server")):
        with calls.stops("a"), calls.stops("b"):
            signal.raise_signal(signal.SIGTERM)
            assert calls == ["b", "a", "server"]
            signal.raise_signal(signal.SIGTERM)
            assert calls == ["b", "a", "server", "server"]
        signal.raise_signal(signal.SIGTERM)
        assert calls.count("server") == 3


def test_consumers_may_end_in_any_order() -> None:
    calls = Calls()
    with handled_by(calls.handler("server")):
        a, b = calls.stops("a"), calls.stops("b")
        a.__enter__()
        b.__enter__()
        a.__exit__(None, None, None)
        signal.raise_signal(signal.SIGTERM)
        assert calls == ["b", "server"]
        b.__exit__(None, None, None)
        signal.raise_signal(signal.SIGTERM)
        assert calls == ["b", "server", "server"]


def test_a_server_that_came_later_may_call_on() -> None:
    calls = Calls()
    with handled_by(calls.handler("first")):
        a = calls.stops("a")
        a.__enter__()
        below: Any = signal.getsignal(signal.SIGTERM)

        def server(number: int, frame: FrameType | None) -> None:
            calls.append("server")
            below(number, frame)

        with handled_by(server):
            signal.raise_signal(signal.SIGTERM)
            assert calls == ["server", "a", "first"]
            a.__exit__(None, None, None)
            signal.raise_signal(signal.SIGTERM)
            assert calls == ["server", "a", "first", "server", "first"]
        a.__exit__(None, None, None)


def test_default_actions_come_with_the_second_signal() -> None:
    calls = Calls()
    with handled_by(signal.default_int_handler, signal.SIGINT), calls.stops("a"):
        signal.raise_signal(signal.SIGINT)
        assert calls == ["a"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_asyncio_does_not_cancel_at_the_first_signal() -> None:
    calls = Calls()

    async def main() -> None:
        with calls.stops("a"):
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0)
            assert calls == ["a"]

    with handled_by(signal.default_int_handler, signal.SIGINT):
        asyncio.run(main())


def test_off_is_off() -> None:
    calls = Calls()
    with handled_by(calls.handler("server")), calls.stops("a", signals="off"):
        signal.raise_signal(signal.SIGTERM)
    assert calls == ["server"]


@contextmanager
def process(*words: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive this one."""
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, *words]
    running = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.fixture
def queues(broker: Broker) -> list[str]:
    names = [f"{name}-{uuid.uuid4().hex[:8]}" for name in ("left", "right")]
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        for name in names:
            connection.channel().queue_declare(name, durable=True)
    return names


def publish_to(broker: Broker, queues: list[str]) -> None:
    def queue_of(flight: Flight) -> str:
        return queues[flight.id % len(queues)]

    publish(broker.url, FLIGHTS, queue_of)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("how", ["threads", "tasks", "gather"])
def test_one_signal_ends_all_consumers_of_a_process(
    how: str, number: int, broker: Broker, queues: list[str], tmp_path: Path
) -> None:
    publish_to(broker, queues)
    program = str(HERE / "several_consumers.py")
    while sum(message_count(broker.url, queue) for queue in queues):
        # What is delivered and not handled when it stops goes back, so this may take two turns.
        with process(program, how, broker.url, str(tmp_path), *queues) as running:
            for queue in queues:
                wait_until_empty(broker.url, queue, TIMEOUT_S)
            running.send_signal(number)
            assert running.wait(TIMEOUT_S) == 0
    with WriteAheadLog(FlightTotals(), FileSystemStorage(), "flights", tmp_path) as log:
        assert {client: log.retrieve(client) for client in log.clients()} == totals(FLIGHTS)


def test_off_leaves_signals_to_the_program(
    broker: Broker, queues: list[str], tmp_path: Path
) -> None:
    publish_to(broker, queues)
    program = str(HERE / "several_consumers.py")
    with process(program, "off", broker.url, str(tmp_path), *queues) as running:
        for queue in queues:
            wait_until_empty(broker.url, queue, TIMEOUT_S)
        running.send_signal(signal.SIGTERM)  # ignored, as the program says
        running.send_signal(signal.SIGUSR1)
        assert running.wait(TIMEOUT_S) == 0


def put_orders(broker: Broker, first: int, last: int) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True)
        channel.confirm_delivery()
        for number in range(first, last):
            body = json.dumps({"customer": f"c{number % 3}", "total": number}).encode()
            properties = pika.BasicProperties(delivery_mode=2, message_id=str(number))
            channel.basic_publish("", "orders", body, properties, mandatory=True)


def read_orders(port: int, customer: str) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/customers/{customer}") as answer:
            return json.load(answer)
    except OSError:
        return None


def test_a_web_server_with_a_consumer_ends_at_the_first_signal(
    broker: Broker, tmp_path: Path
) -> None:
    environment = {"AMQP_URL": broker.url, "LOG_DIR": str(tmp_path)}
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().queue_delete("orders")
    # Killed twice, then asked to end; each life has orders of its own and those of the one before.
    for life, number in enumerate((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)):
        put_orders(broker, 0, 30 * (life + 1))
        (port,) = free_ports(1)
        words = ["-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", str(port)]
        with process(*words, "fastapi_orders:app", **environment) as running:
            expected = {"orders": 10 * (life + 1), "total": sum(range(1, 30 * (life + 1), 3))}
            wait_until(lambda: running.poll() is not None or read_orders(port, "c1") == expected)
            running.send_signal(number)
            assert running.wait(TIMEOUT_S) in (0, -number)  # uvicorn raises it again at its end
    with WriteAheadLog(
        Struct(orders=Sum(), total=Sum()), FileSystemStorage(), "orders", tmp_path
    ) as log:
        for rest in range(3):
            expected = {"orders": 30, "total": sum(range(rest, 90, 3))}
            assert log.retrieve(f"c{rest}") == expected
