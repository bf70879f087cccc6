"""The thread that calls back."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from typing import Any

from . import _native
from .errors import SeawallError

__all__ = ["Deliveries", "DurableListener"]

DurableListener = Callable[[int, "SeawallError | None"], Any]

_logger = logging.getLogger("seawall")


class Deliveries:
    """Calls what waits for LSNs, and listeners after each group, in a thread of its own.

    The log never waits for it: a slow callback delays other callbacks and nothing else. The thread
    starts with the first callback and ends with the log. What a callback raises is logged.
    """

    def __init__(self, log: _native.Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, Callable[[], Any]]] = []
        self._order = itertools.count()
        self._listeners: list[DurableListener] = []
        self._thread: threading.Thread | None = None

    def add(self, lsn: int, action: Callable[[], Any]) -> None:
        """Calls `action` once `lsn` is durable or never will be; here and now when it is."""
        with self._lock:
            heapq.heappush(self._waiting, (lsn, next(self._order), action))
            self._start_locked()
        # What became durable before the thread could see the entry is not reported to it again.
        ended = self._log.ended()
        if ended or self._log.durable_lsn() >= lsn:
            self._run_due(self._log.durable_lsn(), ended)

    def listen(self, listener: DurableListener) -> Callable[[], None]:
        """Calls `listener` after each later group; returns what ends that."""
        with self._lock:
            self._listeners.append(listener)
            self._start_locked()

        def remove() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return remove

    def join(self) -> None:
        """Waits for the callbacks of a closed log, unless called by one of them."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _start_locked(self) -> None:
        if self._thread is None:
            durable = self._log.durable_lsn()
            self._thread = threading.Thread(
                target=self._serve, args=(durable,), name="seawall-callbacks", daemon=True
            )
            self._thread.start()

    def _serve(self, durable: int) -> None:
        ended = False
        while not ended:
            before = durable
            durable, ended = self._log.wait_after(durable)
            self._run_due(durable, ended)
            error = self._failure() if ended else None
            if durable > before or error is not None:
                self._tell(durable, error)

    def _failure(self) -> SeawallError | None:
        try:
            self._log.check_health()
        except SeawallError as error:
            return error
        return None

    def _run_due(self, durable: int, ended: bool) -> None:
        due = []
        with self._lock:
            while self._waiting and (ended or self._waiting[0][0] <= durable):
                due.append(heapq.heappop(self._waiting)[2])
        for action in due:
            self._call(action)

    def _tell(self, durable: int, error: SeawallError | None) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            self._call(listener, durable, error)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception:
            _logger.exception("a callback of a seawall log raised")
