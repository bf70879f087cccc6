"""A descriptor that tells an event loop when an LSN is durable."""

from __future__ import annotations

import os

from seawall.rabbitmq.durable_log import DurableLog


class DurableWakeup:
    """Becomes readable once an LSN is durable, or never will be.

    The commit thread writes to it, at most once per group, and without entering Python. One thread
    uses it, that of the loop which watches `fileno`.
    """

    def __init__(self, log: DurableLog) -> None:
        self._log = log
        self._lsn: int | None = None
        self._event_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        log.add_wakeup(self._event_fd)

    def fileno(self) -> int:
        """Returns the descriptor; call `take` whenever it is readable."""
        return self._event_fd

    def request(self, lsn: int) -> None:
        """Asks to be told of `lsn`, unless an earlier request still waits."""
        if self._lsn is None:
            self._lsn = lsn
            self._arm()

    def take(self) -> bool:
        """Makes it unreadable; returns whether the request is met. If not, it waits on."""
        try:
            os.eventfd_read(self._event_fd)
        except BlockingIOError:
            return False
        if self._lsn is None or not self._log.is_settled(self._lsn):
            self._arm()
            return False
        self._lsn = None
        return True

    def close(self) -> None:
        """Gives back the descriptor; the loop no longer watches it by then."""
        self._log.remove_wakeup(self._event_fd)
        os.close(self._event_fd)

    def _arm(self) -> None:
        if self._lsn is not None:
            self._log.arm(self._event_fd)
            # A group that came before the arming is not reported.
            if self._log.is_settled(self._lsn):
                os.eventfd_write(self._event_fd, 1)
