"""Whether an interpreter in Python, slow at that, holds up other clients' commits."""

from __future__ import annotations

import functools
import json
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import seawall

_SECONDS = 2.0
_MERGE_SECONDS = 0.05


def _compute(seconds: float) -> None:
    """Python that never waits: the worst a merge can do."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class _SlowMerge(seawall.StateInterpreterInterface):
    def __init__(self, spend: Callable[[float], None]) -> None:
        self._spend = spend

    def format_data(self, data: Any) -> str:
        return json.dumps(data)

    def parse_data(self, stored: Any) -> Any:
        return json.loads(stored)

    def merge_data(self, data_entries: list[Any]) -> Any:
        self._spend(_MERGE_SECONDS)
        return data_entries[-1]


def _latencies_us(log: seawall.WriteAheadLog, beside: Callable[[], None]) -> list[float]:
    """Times persists of one client while `beside` is called again and again in another thread."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            beside()

    thread = threading.Thread(target=repeat)
    thread.start()
    times = []
    end = time.perf_counter() + _SECONDS
    number = log.durable_lsn
    while (begin := time.perf_counter()) < end:
        number += 1
        log.persist("other", {"n": number}, number)
        times.append((time.perf_counter() - begin) * 1e6)
    stop.set()
    thread.join()
    return times


def measure(directory: str) -> list[dict[str, Any]]:
    """Returns a row for: nothing beside, merges that wait or compute, and the same without a merge.

    A thread that computes in Python takes the interpreter lock from every other Python thread, log or
    no log; the row without a merge shows how much of it is that.
    """
    rows = []
    for name, spend in (("waits", time.sleep), ("computes", _compute)):
        with seawall.WriteAheadLog(
            _SlowMerge(spend), seawall.FileSystemStorage(), name, directory
        ) as log:
            numbers = iter(range(1, 1 << 40))

            def merge(log: seawall.WriteAheadLog = log, numbers: Any = numbers) -> None:
                log.submit("slow", {"n": 1}, next(numbers))
                log.retrieve("slow")

            cases: list[tuple[str, Callable[[], None]]] = [
                (f"a thread {name}, no merge", functools.partial(spend, _MERGE_SECONDS)),
                (f"a merge in Python {name}", merge),
            ]
            if name == "waits":
                cases.insert(0, ("nothing beside", lambda: time.sleep(_MERGE_SECONDS)))
                cases.pop(1)
            for case, beside in cases:
                times = sorted(_latencies_us(log, beside))
                rows.append(
                    {
                        "stall": case,
                        "persist_us_p50": round(statistics.median(times)),
                        "persist_us_p99": round(times[int(len(times) * 0.99)]),
                        "persists": len(times),
                    }
                )
    return rows
