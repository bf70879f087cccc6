"""The thread that calls back."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from . import _native
from .errors import ExhaustedError, SeawallError

__all__ = ["Deliveries", "DurableListener"]

DurableListener = Callable[[int, "SeawallError | None"], Any]

_logger = logging.getLogger("seawall")
_SHORT_OF_MEMORY_S = 0.05


class _Waiting:
    """An action that waits for an LSN. Whoever takes it calls it: once."""

    __slots__ = ("_action", "_order", "lsn")

    def __init__(self, lsn: int, order: int, action: Callable[[], Any]) -> None:
        self.lsn = lsn
        self._order = order
        self._action: Callable[[], Any] | None = action

    def __lt__(self, other: _Waiting) -> bool:
        return (self.lsn, self._order) < (other.lsn, other._order)

    def take_locked(self) -> Callable[[], Any] | None:
        """Returns the action, to the first who asks."""
        action, self._action = self._action, None
        return action


class Deliveries:
    """Calls what waits for LSNs, and listeners after each group, in a thread of its own.

    The log never waits for it: a slow callback delays other callbacks and nothing else. The thread
    starts with the first callback and ends with the log. Nothing that a callback raises ends it,
    `SystemExit` neither: it is logged, and the next callback is called.
    """

    def __init__(self, log: _native.Log) -> None:
        self._log = log
        # A thread may come back while it holds it: a destructor that the collector runs may add too.
        self._lock = threading.RLock()
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._listeners: list[DurableListener] = []
        self._thread: threading.Thread | None = None

    def add(self, lsn: int, action: Callable[[], Any]) -> None:
        """Calls `action` once `lsn` is durable or never will be; here and now when it is. Then what
        `action` raises is logged, if it is an `Exception`; `KeyboardInterrupt` and the like are the
        caller's.
        """
        if not self._is_due(lsn):
            with self._lock:
                self._start_locked()
                entry = _Waiting(lsn, next(self._order), action)
                heapq.heappush(self._waiting, entry)
            # What became durable before the thread could see the entry is not reported to it again.
            if not self._is_due(lsn):
                return
            with self._lock:
                taken = entry.take_locked()
            if taken is None:
                return
        try:
            action()
        except Exception:
            _log_raised()

    def listen(self, listener: DurableListener) -> Callable[[], None]:
        """Calls `listener` after each later group; returns what ends that."""
        with self._lock:
            self._start_locked()
            self._listeners.append(listener)

        def remove() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return remove

    def join(self) -> None:
        """Waits for the callbacks of a closed log, unless called by one of them."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _is_due(self, lsn: int) -> bool:
        return self._log.ended() or self._log.durable_lsn() >= lsn

    def _start_locked(self) -> None:
        if self._thread is not None:
            return
        durable = self._log.durable_lsn()
        thread = threading.Thread(
            target=self._serve, args=(durable,), name="seawall-callbacks", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            raise ExhaustedError(f"no thread for callbacks: {error}") from error
        self._thread = thread

    def _serve(self, durable: int) -> None:
        ended = False
        while not ended:
            try:
                after, ended = self._log.wait_after(durable)
                self._run_due(after, ended)
                error = self._failure() if ended else None
                if after > durable or error is not None:
                    self._tell(after, error)
                durable = after
            except MemoryError:
                # Nothing that waits was lost: it is looked at again, as `durable` is what it was.
                ended = False
                time.sleep(_SHORT_OF_MEMORY_S)

    def _failure(self) -> SeawallError | None:
        try:
            self._log.check_health()
        except SeawallError as error:
            return error
        return None

    def _run_due(self, durable: int, ended: bool) -> None:
        while True:
            with self._lock:
                if not self._waiting or not (ended or self._waiting[0].lsn <= durable):
                    return
                action = heapq.heappop(self._waiting).take_locked()
            if action is not None:
                _call(action)

    def _tell(self, durable: int, error: SeawallError | None) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            _call(listener, durable, error)


def _call(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls back, in the thread for that: whatever is raised is the callback's affair."""
    try:
        function(*arguments)
    except BaseException:
        _log_raised()


def _log_raised() -> None:
    try:
        _logger.exception("a callback of a seawall log raised")
    except BaseException:
        pass  # A handler of the log that raises must not end the callbacks either.
