"""A thread that waits for an LSN, so that the connection's thread need not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from seawall.errors import SeawallError
from seawall.rabbitmq.durable_log import DurableLog


class DurableWaker:
    """Calls back once an LSN is durable, or never will be.

    `wake` is called in this object's thread, and only tells the connection's thread to look.
    """

    def __init__(self, log: DurableLog, wake: Callable[[], None]) -> None:
        self._log = log
        self._wake = wake
        self._wanted: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="seawall-durable", daemon=True).start()

    def request(self, lsn: int) -> None:
        """Has `wake` called once when `lsn` is durable. Never blocks."""
        self._wanted.put(lsn)

    def close(self) -> None:
        """Ends the thread, once the request under way is over. Never blocks: a connection that is
        lost while the device is slow is made again at once."""
        self._wanted.put(None)

    def _run(self) -> None:
        while (lsn := self._wanted.get()) is not None:
            try:
                self._log.wait(lsn)
            except SeawallError:
                pass  # whoever looks next meets the same error
            self._wake()
