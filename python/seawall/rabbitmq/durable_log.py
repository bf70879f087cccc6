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

    def submit_many(self, entries: list[Entry]) -> tuple[int, int]:
        """Submits an entry each of several messages, in order, up to the first that is refused;
        returns how many were not, and the LSN that makes these durable. `submit` of the one that was
        tells why."""
        return self._native.submit_many(entries)

    def durable_lsn(self) -> int:
        """Returns the last durable LSN. Raises once the log has failed or is closed: what was
        submitted may then never become durable."""
        if self._native.ended():
            self._native.check_health()
            raise ClosedError("the log was closed before its consumer")
        return self._native.durable_lsn()

    def wait(self, lsn: int) -> None:
        """Blocks until `lsn` is durable, or never will be; the GIL is given up meanwhile."""
        self._native.wait(lsn, None)
