"""What is measured: each contender takes messages until the time is up, and tells how many."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import seawall

from original import OriginalLog
from tables import LmdbTables, Message, RocksTables, SqliteTables

IN_FLIGHT = 64
CLIENTS = 100


@dataclass(frozen=True)
class Contender:
    """`run(directory, seconds)` returns the messages that were durable in time, and a check's result."""

    name: str
    run: Callable[[str, float], int]


def messages() -> Iterator[Message]:
    """Small messages, client after client, as a broker would hand them over."""
    for number in itertools.count():
        client = f"client{number % CLIENTS}"
        data = {"batch": number, "timestamp": "1621234567", "value": "some data"}
        yield client, data, number // CLIENTS


def _expect(state: Any, count: int) -> None:
    """The last message of client0 is in its state: a peer that loses is not worth a figure."""
    last = (count - 1) // CLIENTS * CLIENTS
    if not state or state["batch"] != last:
        raise AssertionError(f"wrong state {state} after {count} messages")


def _open(directory: str, interpreter: Any = None) -> seawall.WriteAheadLog:
    return seawall.WriteAheadLog(
        interpreter or seawall.ConsumerStateInterpreter(), seawall.FileSystemStorage(), "log", directory
    )


def _submit(interpreter: Callable[[], Any]) -> Callable[[str, float], int]:
    def run(directory: str, seconds: float) -> int:
        with _open(directory, interpreter()) as log:
            waiting: collections.deque[Any] = collections.deque()
            count = 0
            end = time.perf_counter() + seconds
            for client, data, batch_id in messages():
                if len(waiting) == IN_FLIGHT:
                    waiting.popleft().result()
                    if time.perf_counter() >= end:
                        break
                waiting.append(log.submit(client, data, batch_id))
                count += 1
            for future in waiting:
                future.result()
            _expect(log.retrieve("client0"), count)
            return count

    return run


def _apersist(directory: str, seconds: float) -> int:
    async def consume(log: seawall.WriteAheadLog) -> int:
        source = messages()
        end = time.perf_counter() + seconds
        count = 0

        async def worker() -> None:
            nonlocal count
            while time.perf_counter() < end:
                await log.apersist(*next(source))
                count += 1

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
        return count

    with _open(directory) as log:
        count = asyncio.run(consume(log))
        _expect(log.retrieve("client0"), count)
        return count


def _one_by_one(open_peer: Callable[[str], Any]) -> Callable[[str, float], int]:
    def run(directory: str, seconds: float) -> int:
        peer = open_peer(directory)
        end = time.perf_counter() + seconds
        count = 0
        for message in messages():
            if time.perf_counter() >= end:
                break
            peer.persist(*message)
            count += 1
        _expect(peer.retrieve("client0"), count)
        peer.close()
        return count

    return run


def _by_threads(open_peer: Callable[[str], Any]) -> Callable[[str, float], int]:
    """As many threads as are in flight, each with clients of its own."""

    def run(directory: str, seconds: float) -> int:
        peer = open_peer(directory)
        end = time.perf_counter() + seconds

        def consume(thread: int) -> int:
            for batch_id in itertools.count():
                if time.perf_counter() >= end:
                    return batch_id
                peer.persist(f"client{thread}", {"batch": batch_id, "value": "some data"}, batch_id)
            raise AssertionError

        with concurrent.futures.ThreadPoolExecutor(IN_FLIGHT) as pool:
            counts = list(pool.map(consume, range(IN_FLIGHT)))
        if counts[0] and peer.retrieve("client0")["batch"] != counts[0] - 1:
            raise AssertionError("wrong state")
        peer.close()
        return sum(counts)

    return run


def _in_batches(open_peer: Callable[[str], Any], batch: int) -> Callable[[str, float], int]:
    def run(directory: str, seconds: float) -> int:
        peer = open_peer(directory)
        source = messages()
        end = time.perf_counter() + seconds
        count = 0
        while time.perf_counter() < end:
            peer.persist_many(list(itertools.islice(source, batch)))
            count += batch
        _expect(peer.retrieve("client0"), count)
        peer.close()
        return count

    return run


class _PythonMerge(seawall.StateInterpreterInterface):
    """Later fields win, written in Python."""

    def format_data(self, data: Any) -> str:
        return json.dumps(data)

    def parse_data(self, stored: Any) -> Any:
        return json.loads(stored)

    def merge_data(self, data_entries: list[Any]) -> Any:
        merged: dict[str, Any] = {}
        for entry in data_entries:
            merged.update(entry)
        return merged


def _fields() -> seawall.Struct:
    return seawall.Struct(batch=seawall.Max(), timestamp=seawall.Last(), value=seawall.Last())


SUBMIT = "seawall submit, 64 in flight"
ORIGINAL = "original design, a message at a time"
SQLITE = "sqlite3, a transaction per message"


def contenders() -> list[Contender]:
    """Those that are installed, Seawall first."""
    found = [
        Contender(SUBMIT, _submit(seawall.ConsumerStateInterpreter)),
        Contender("seawall submit, built-in merges", _submit(_fields)),
        Contender("seawall submit, interpreter in Python", _submit(_PythonMerge)),
        Contender("seawall apersist, 64 coroutines", _apersist),
        Contender("seawall persist, a message at a time", _one_by_one(_open)),
        Contender(ORIGINAL, _one_by_one(OriginalLog)),
        Contender("original design, 64 threads", _by_threads(OriginalLog)),
        Contender(SQLITE, _in_batches(SqliteTables, 1)),
        Contender("sqlite3, a transaction per 64", _in_batches(SqliteTables, IN_FLIGHT)),
    ]
    for module, name, peer in (("lmdb", "LMDB", LmdbTables), ("rocksdict", "RocksDict", RocksTables)):
        try:
            __import__(module)
        except ImportError:
            continue
        found.append(Contender(f"{name}, a transaction per message", _in_batches(peer, 1)))
        found.append(Contender(f"{name}, a transaction per 64", _in_batches(peer, IN_FLIGHT)))
    return found
