"""A log whose answers a test decides, over a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from seawall import SeawallError, WriteAheadLog
from seawall.rabbitmq.durable_log import DurableLog, Entry


class ScriptedLog(DurableLog):
    """Reports nothing as durable while `hold` is set, and refuses submits as `refuse` says."""

    def __init__(self, log: WriteAheadLog) -> None:
        super().__init__(log)
        self.hold = False
        self.failure: SeawallError | None = None
        self.refuse: Callable[[], SeawallError | None] = lambda: None
        self._refusal: SeawallError | None = None
        self._released = threading.Event()

    def submit(self, entries: list[Entry]) -> int:
        error, self._refusal = self._refusal or self.refuse(), None
        if error is not None:
            raise error
        return super().submit(entries)

    def submit_many(self, entries: list[Entry]) -> tuple[int, int]:
        accepted: list[Entry] = []
        for entry in entries:
            self._refusal = self.refuse()
            if self._refusal is not None:
                break
            accepted.append(entry)
        return super().submit_many(accepted)

    def durable_lsn(self) -> int:
        if self.failure is not None:
            raise self.failure
        return 0 if self.hold else super().durable_lsn()

    def wait(self, lsn: int) -> None:
        super().wait(lsn)
        if self.hold:
            self._released.wait()

    def release(self, failure: SeawallError | None = None) -> None:
        """Ends the holding, with what is durable in truth or with a failure."""
        self.failure = failure
        self.hold = False
        self._released.set()
