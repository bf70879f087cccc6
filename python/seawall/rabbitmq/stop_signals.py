"""SIGTERM and SIGINT as a request to stop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Literal

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """While entered, the first SIGTERM or SIGINT calls `stop`, then whoever handled it before: so
    that every consumer of a process and its server stop together. A second one acts as before.

    The default actions are not called the first time: they would end the process, or cancel the
    task, instead of draining. Python takes signals in its main thread only; entered in another, or
    "off", this does nothing.
    """

    def __init__(
        self, stop: Callable[[], None], signals: Literal["chain", "off"] = "chain"
    ) -> None:
        self._stop = stop
        self._is_off = signals == "off"
        self._is_active = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> None:
        if self._is_off or threading.current_thread() is not threading.main_thread():
            return
        self._is_active = True
        for number in STOP_SIGNALS:
            self._previous[number] = signal.signal(number, self._on_signal)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def previous(self, number: int) -> Any:
        """Returns who handled the signal before, but for those of this class that have left."""
        handler = self._previous[number]
        owner = getattr(handler, "__self__", None)
        if isinstance(owner, StopSignals) and not owner._is_active:
            return owner.previous(number)
        return handler

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_active:
            self._leave()
            self._stop()
        previous = self.previous(number)
        if not _is_default(previous):
            previous(number, frame)

    def _leave(self) -> None:
        """Gives the signals back, unless somebody has taken them since and may call on."""
        self._is_active = False
        for number in self._previous:
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, self.previous(number))


def _is_default(handler: Any) -> bool:
    """Returns whether a handler is nobody's, Python's or asyncio's own for SIGINT."""
    if not callable(handler) or handler is signal.default_int_handler:
        return True
    runner = getattr(asyncio, "Runner", None)  # since Python 3.11
    function = getattr(handler, "func", None)
    return runner is not None and isinstance(getattr(function, "__self__", None), runner)
