"""The whole way: published with confirms, consumed through 20 kills and two broker crashes, exact.

The airports are spread over two queues, one for each library's consumer, with a log each. The seed is
printed with a failure; SEAWALL_TEST_SEED repeats a run.

No wait is without an end. Consumers take a limited number of messages per life, so that no kill waits
for messages that are gone; publisher and consumers notice a dead broker by their connections' end.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pika
import pytest

from broker import Broker
from consumer_process import NEXT_LEG, SLACK
from flight_totals import FlightTotals
from flights import Flight, read_flights, totals, with_duplicates
from publisher import Publisher
from queue_state import message_count, wait_until_empty
from running import TIMEOUT_S, wait_until
from seawall import FileSystemStorage, WriteAheadLog

LIBRARIES = {"flights.0": "pika", "flights.1": "aio-pika"}
KILLS = 20  # of consumers, in turn
LEG = range(50, 350)  # messages of a life before its kill; SLACK more at most
HERE = Path(__file__).resolve().parent


def queue_of(flight: Flight) -> str:
    return f"flights.{zlib.crc32(flight.origin.encode()) % 2}"


class ConsumerProcess:
    """One consumer, started again whenever it was killed. Its lives are as `consumer_process` says."""

    def __init__(self, broker: Broker, queue: str, base_dir: Path, errors: IO[str]) -> None:
        words = [LIBRARIES[queue], broker.url, queue, str(base_dir)]
        self._queue = queue
        # It must not outlive this process, even if that is killed.
        self._command = ["setpriv", "--pdeathsig", "KILL", sys.executable]
        self._command += [str(HERE / "consumer_process.py"), *words]
        self._errors = errors

    def start(self, messages: int) -> None:
        """Starts a life that says so after `messages`; 0 for one without limits."""
        self._process = subprocess.Popen(
            [*self._command, str(messages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
        )

    def await_leg(self) -> None:
        """Waits until it has handled the messages of its leg. It goes on meanwhile."""
        wait_until(self._said_something)

    def _said_something(self) -> bool:
        output = self._process.stdout
        assert output is not None
        if not select.select([output], [], [], 0)[0]:
            return False
        assert output.read(1), "a consumer has ended by itself"
        return True

    def go_on(self) -> None:
        """Grants another leg of `NEXT_LEG` messages."""
        assert self._process.stdin is not None
        self._process.stdin.write(b".")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def consume_all(self, url: str) -> None:
        """Has a life without limits consume the rest and ends it with SIGTERM, which must go well.

        What was delivered and not handled by then goes back, so this may take two turns. Afterwards
        the queue is empty and everything acknowledged: nobody is left who could hold a message.
        """
        while True:
            wait_until_empty(url, self._queue, TIMEOUT_S)
            self._process.terminate()
            assert self._process.wait(TIMEOUT_S) == 0
            self._close_pipes()
            if not message_count(url, self._queue):
                return
            self.start(0)

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def running_consumers(
    broker: Broker, base_dir: Path, legs: list[int]
) -> Iterator[list[ConsumerProcess]]:
    """Starts both consumers; at the end they are killed, and what they complained of is printed."""
    with open(base_dir / "errors", "w+") as errors:
        consumers = [ConsumerProcess(broker, queue, base_dir, errors) for queue in LIBRARIES]
        try:
            for consumer, leg in zip(consumers, legs):
                consumer.start(leg)
            yield consumers
        finally:
            for consumer in consumers:
                consumer.kill()
            errors.seek(0)
            print(errors.read()[-4000:])


@contextmanager
def publishing(publisher: Publisher) -> Iterator[Future[None]]:
    """Publishes beside the block. Leaving it waits for the end, which the publisher's own limit bounds."""
    with ThreadPoolExecutor(1) as executor:
        yield executor.submit(publisher.run)


def kill_broker_at_work(broker: Broker, consumers: list[ConsumerProcess]) -> None:
    """Kills the broker while both consumers have work; they must survive it and finish that."""
    for consumer in consumers:
        consumer.await_leg()
        consumer.go_on()
    broker.restart()


def declare_queues(broker: Broker) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        for queue in LIBRARIES:
            connection.channel().queue_declare(queue, durable=True)
    broker.sync_definitions()


def read_states(base_dir: Path) -> dict[str | bytes, Any]:
    found: dict[str | bytes, Any] = {}
    for queue in LIBRARIES:
        with WriteAheadLog(FlightTotals(), FileSystemStorage(), queue, base_dir) as log:
            found.update({client: log.retrieve(client) for client in log.clients()})
    return found


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SEAWALL_TEST_SEED", random.randrange(10**9)))


def test_flights_are_exact_through_20_kills_and_two_broker_crashes(
    broker: Broker, tmp_path: Path, seed: int
) -> None:
    print("SEAWALL_TEST_SEED =", seed)
    chance = random.Random(seed)
    flights = read_flights()
    published = with_duplicates(flights, 0.05, seed)
    for queue in LIBRARIES:
        # Both must outlast all kills: half of the legs, and the one more of `kill_broker_at_work`.
        messages = sum(queue_of(flight) == queue for flight in flights)
        assert messages > KILLS // 2 * (max(LEG) + SLACK) + NEXT_LEG + SLACK
    declare_queues(broker)
    legs = [chance.choice(LEG) for _ in range(KILLS)] + [0, 0]  # the last lives are without limits
    publisher = Publisher(broker.url, published, queue_of)
    first_broker_kill, second_broker_kill = chance.randrange(1000, 3000), chance.randrange(4, 16)
    with publishing(publisher) as published_all, running_consumers(broker, tmp_path, legs) as consumers:
        wait_until(lambda: published_all.done() or publisher.confirmed >= first_broker_kill)
        broker.restart()
        for kill in range(KILLS):
            if kill == second_broker_kill:
                kill_broker_at_work(broker, consumers)
            consumer = consumers[kill % 2]
            consumer.await_leg()
            consumer.kill()
            consumer.start(legs[kill + 2])
        published_all.result(TIMEOUT_S)
        for consumer in consumers:
            consumer.consume_all(broker.url)
    assert len(totals(flights)) == 220
    assert read_states(tmp_path) == totals(flights)
