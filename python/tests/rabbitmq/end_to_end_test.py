"""The whole way: published with confirms, consumed through 20 kills and two broker crashes, exact.

The airports are spread over two queues, one for each library's consumer, with a log each. The seed is
printed with a failure; SEAWALL_TEST_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import IO, Any

import pika
import pytest

from broker import Broker
from consumer_process import PROGRESS_EVERY
from flight_totals import FlightTotals
from flights import Flight, read_flights, totals, with_duplicates
from publisher import publish
from queue_state import message_count
from running import wait_until
from seawall import FileSystemStorage, WriteAheadLog

LIBRARIES = {"flights.0": "pika", "flights.1": "aio-pika"}
KILLS = 20
BROKER_KILLS = 2
PATIENCE_S = 300  # Then the test fails rather than wait for messages that do not come.
HERE = Path(__file__).resolve().parent


def queue_of(flight: Flight) -> str:
    return f"flights.{zlib.crc32(flight.origin.encode()) % 2}"


class ConsumerProcess:
    """One consumer, started again whenever it was killed."""

    def __init__(self, broker: Broker, queue: str, base_dir: Path, errors: IO[str]) -> None:
        words = [LIBRARIES[queue], broker.url, queue, str(base_dir)]
        self._command = [sys.executable, str(HERE / "consumer_process.py"), *words]
        self._errors = errors
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def kill_after(self, messages: int) -> bool:
        """Kills it with SIGKILL once it has handled about so many, and starts it again; returns
        whether it got so far, before the end of its queue."""
        assert self._process.stdout is not None
        for _ in range(max(1, messages // PROGRESS_EVERY)):
            if not self._process.stdout.readline():
                return False
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._start()
        return True

    def consume_all(self, url: str, queue: str) -> None:
        """Has it consume the rest, and ends it with SIGTERM; it must end well."""
        self._drain()
        while message_count(url, queue):
            self._start()
            # What is delivered and not handled when it stops goes back, so this may take two turns.
            wait_until(lambda: not message_count(url, queue))
            self._drain()

    def _drain(self) -> None:
        assert self._process.stdout is not None
        reader = threading.Thread(target=self._process.stdout.read)
        reader.start()
        self._process.terminate()
        assert self._process.wait(60) == 0
        reader.join()
        self._process.stdout.close()

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def end_all(consumers: list[ConsumerProcess]) -> None:
    for consumer in consumers:
        consumer.end()


def declare_queues(broker: Broker) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        for queue in LIBRARIES:
            connection.channel().queue_declare(queue, durable=True)


def read_states(base_dir: Path) -> dict[str | bytes, Any]:
    found: dict[str | bytes, Any] = {}
    for queue in LIBRARIES:
        with WriteAheadLog(FlightTotals(), FileSystemStorage(), queue, base_dir) as log:
            found.update({client: log.retrieve(client) for client in log.clients()})
    return found


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SEAWALL_TEST_SEED", random.randrange(10**9)))


@pytest.mark.skipif(
    "SEAWALL_TEST_LONG" not in os.environ, reason="minutes on two cores: ./dev test --long"
)
def test_flights_are_exact_through_20_kills_and_two_broker_crashes(
    broker: Broker, tmp_path: Path, seed: int
) -> None:
    print("SEAWALL_TEST_SEED =", seed)
    chance = random.Random(seed)
    flights = read_flights()
    published = with_duplicates(flights, 0.05, seed)
    declare_queues(broker)
    publisher = threading.Thread(
        target=lambda: asyncio.run(publish(broker.url, published, queue_of))
    )
    with open(tmp_path / "errors", "w+") as errors:
        consumers = [ConsumerProcess(broker, queue, tmp_path, errors) for queue in LIBRARIES]
        watchdog = threading.Timer(PATIENCE_S, end_all, [consumers])
        watchdog.daemon = True
        watchdog.start()
        try:
            publisher.start()
            broker_kills = set(chance.sample(range(2, KILLS - 2), BROKER_KILLS))
            for kill in range(KILLS):
                assert consumers[kill % 2].kill_after(chance.randrange(100, 800))
                if kill in broker_kills:
                    broker.restart()
            publisher.join()
            for consumer, queue in zip(consumers, LIBRARIES):
                consumer.consume_all(broker.url, queue)
        finally:
            watchdog.cancel()
            end_all(consumers)
            publisher.join()
            errors.seek(0)
            print(errors.read()[-4000:])
    assert len(totals(flights)) == 220
    assert read_states(tmp_path) == totals(flights)
