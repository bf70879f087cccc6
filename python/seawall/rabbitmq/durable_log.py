"""What a consumer needs of a log."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from seawall.errors import ClosedError
from seawall.write_ahead_log import WriteAheadLog

Id: TypeAlias = "str | int | bytes"
Producer: TypeAlias = "str | bytes | None"
Entry: TypeAlias = (
    "tuple[str | bytes, str | bytes, Id, Producer] | tuple[str | bytes, None, Id, Producer, bool]"
)
"""What is submitted for a `Delta`: client, formatted data, id, producer; for a `Clear`: client, None, id,
producer, whether to keep ids."""


class Submitted(NamedTuple):
    """What came of a submit."""

    messages: int
    """How many messages were taken."""
    lsn: int
    """The LSN that makes them durable; 0, always durable, without any."""
    committed: int
    """How many of their entries have this outcome, once that is durable."""
    duplicate: int
    cleared: int


class DurableLog:
    """A log by its LSNs alone: a slice of messages costs one call, and what is durable one
    comparison."""

    def __init__(self, log: WriteAheadLog) -> None:
        self.native = log._native
        """The log itself."""
        self.encode = log._encode
        """Returns data as it is submitted. Raises what `format_data` raises."""

    def submit(self, entries: list[Entry]) -> Submitted:
        """Submits the entries of one message, all or nothing.

        Errors: as `WriteAheadLog.submit`; nothing was written then.
        """
        lsn, *outcomes = self.native.submit_batch(entries)
        return Submitted(1, lsn, *outcomes)

    def submit_many(self, messages: list[list[Entry]]) -> Submitted:
        """Submits the entries of several messages, in order, each message's all or nothing, up to the
        first message that is refused. `submit` of that one tells why."""
        return Submitted(*self.native.submit_many(messages))

    def durable_lsn(self) -> int:
        """Returns the last durable LSN. Raises once the log has failed or is closed: what was
        submitted may then never become durable."""
        if self.native.ended():
            self.native.check_health()
            raise ClosedError("the log was closed before its consumer")
        return self.native.durable_lsn()

    def wait(self, lsn: int) -> None:
        """Blocks until `lsn` is durable. Errors as `PersistFuture.result`."""
        self.native.wait(lsn, None)

    def is_settled(self, lsn: int) -> bool:
        """Returns whether `lsn` is durable, or never will be. Raises nothing."""
        return self.native.ended() or self.native.durable_lsn() >= lsn

    def add_wakeup(self, event_fd: int) -> None:
        """Registers an eventfd; it is borrowed until `remove_wakeup`."""
        self.native.add_wakeup(event_fd)

    def remove_wakeup(self, event_fd: int) -> None:
        """Forgets an eventfd."""
        self.native.remove_wakeup(event_fd)

    def arm(self, event_fd: int) -> None:
        """Has the next group, or the log's end, written to the eventfd, once. One that came before is
        not repeated: look at `is_settled` after arming."""
        self.native.arm(event_fd)
