"""A log whose answers a test decides, over a real one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from seawall import SeawallError, WriteAheadLog
from seawall.rabbitmq.durable_log import DurableLog, Entry, Submitted


class ScriptedLog(DurableLog):
    """Reports nothing as durable while `hold` is set, and refuses submits as `refuse` says."""

    def __init__(self, log: WriteAheadLog) -> None:
        super().__init__(log)
        self.hold = False
        self.failure: SeawallError | None = None
        self.refuse: Callable[[], SeawallError | None] = lambda: None
        self._refusal: SeawallError | None = None
        self._event_fds: set[int] = set()
        self._event_fds_lock = threading.Lock()

    def submit(self, entries: list[Entry]) -> Submitted:
        error, self._refusal = self._refusal or self.refuse(), None
        if error is not None:
            raise error
        return super().submit(entries)

    def submit_many(self, messages: list[list[Entry]]) -> Submitted:
        accepted: list[list[Entry]] = []
        for entries in messages:
            self._refusal = self.refuse()
            if self._refusal is not None:
                break
            accepted.append(entries)
        return super().submit_many(accepted)

    def durable_lsn(self) -> int:
        if self.failure is not None:
            raise self.failure
        return 0 if self.hold else super().durable_lsn()

    def is_settled(self, lsn: int) -> bool:
        return self.failure is not None or (not self.hold and super().is_settled(lsn))

    def add_wakeup(self, event_fd: int) -> None:
        super().add_wakeup(event_fd)
        with self._event_fds_lock:
            self._event_fds.add(event_fd)

    def remove_wakeup(self, event_fd: int) -> None:
        super().remove_wakeup(event_fd)
        with self._event_fds_lock:
            self._event_fds.discard(event_fd)

    def release(self, failure: SeawallError | None = None) -> None:
        """Ends the holding, with what is durable in truth or with a failure."""
        with self._event_fds_lock:  # none is closed before it is written to
            self.failure = failure
            self.hold = False
            for event_fd in self._event_fds:
                os.eventfd_write(event_fd, 1)
