"""What a consumer needs of a log."""

from __future__ import annotations

from typing import TypeAlias

from seawall.errors import ClosedError
from seawall.write_ahead_log import WriteAheadLog

Entry: TypeAlias = "tuple[str | bytes, str | bytes, str | int | bytes, str | bytes | None]"
"""What is submitted for one delta: client, formatted data, id, producer."""


class DurableLog:
    """A log by its LSNs alone: a slice of messages costs one call, and what is durable one
    comparison."""

    def __init__(self, log: WriteAheadLog) -> None:
        self._native = log._native
        self.encode = log._encode
        """Returns data as it is submitted. Raises what `format_data` raises."""

    def submit(self, entries: list[Entry]) -> int:
        """Submits the entries of one message, all or nothing; returns the LSN that makes them
        durable.

        Errors: as `WriteAheadLog.submit`; nothing was written then.
        """
        if len(entries) == 1:
            lsn, _ = self._native.submit(*entries[0])
            return lsn
        return self._native.submit_batch([(*entry, False) for entry in entries])

    def submit_many(self, messages: list[list[Entry]]) -> tuple[int, int]:
        """Submits the entries of several messages, in order, each message's all or nothing, up to the
        first message that is refused; returns how many were not, and the LSN that makes these durable.
        `submit` of the one that was tells why."""
        return self._native.submit_many(messages)

    def durable_lsn(self) -> int:
        """Returns the last durable LSN. Raises once the log has failed or is closed: what was
        submitted may then never become durable."""
        if self._native.ended():
            self._native.check_health()
            raise ClosedError("the log was closed before its consumer")
        return self._native.durable_lsn()

    def is_settled(self, lsn: int) -> bool:
        """Returns whether `lsn` is durable, or never will be. Raises nothing."""
        return self._native.ended() or self._native.durable_lsn() >= lsn

    def add_wakeup(self, event_fd: int) -> None:
        """Registers an eventfd; it is borrowed until `remove_wakeup`."""
        self._native.add_wakeup(event_fd)

    def remove_wakeup(self, event_fd: int) -> None:
        """Forgets an eventfd."""
        self._native.remove_wakeup(event_fd)

    def arm(self, event_fd: int) -> None:
        """Has the next group, or the log's end, written to the eventfd, once. One that came before is
        not repeated: look at `is_settled` after arming."""
        self._native.arm(event_fd)
