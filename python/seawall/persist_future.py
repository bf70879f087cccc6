"""A persist under way."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from .errors import SeawallError
from .receipt import Outcome, Receipt

if TYPE_CHECKING:
    from .write_ahead_log import WriteAheadLog

__all__ = ["PersistFuture"]


class PersistFuture:
    """What `submit` returns: the methods of `concurrent.futures.Future`, and `await`.

    It is done once everything up to `lsn` is durable, and compares two numbers to know so: a future
    nobody waits for costs nothing when its group commits. It cannot be cancelled. Any thread may
    use it.
    """

    __slots__ = ("_log", "_outcome", "lsn")

    lsn: int
    """The LSN that must be durable; never reused."""

    def __init__(self, log: WriteAheadLog, lsn: int, outcome: Outcome) -> None:
        self._log = log
        self.lsn = lsn
        self._outcome = outcome

    def result(self, timeout: float | None = None) -> Receipt:
        """Blocks until durable and returns the receipt.

        Errors: `TimeoutError` after `timeout` seconds; `PoisonedError`, `FencedError`;
        `ClosedError` when the log was closed before. The id may be sent again after each.
        """
        if not self._log._native.wait(self.lsn, timeout):
            raise concurrent.futures.TimeoutError(f"LSN {self.lsn} is not durable yet")
        return Receipt(self.lsn, self._outcome)

    def exception(self, timeout: float | None = None) -> SeawallError | None:
        """Blocks until done and returns the error `result` would raise, or `None`."""
        try:
            self.result(timeout)
        except SeawallError as error:
            return error
        return None

    def done(self) -> bool:
        """Returns whether `result` returns or raises at once."""
        native = self._log._native
        return native.durable_lsn() >= self.lsn or native.ended()

    def running(self) -> bool:
        """Returns whether it is not done."""
        return not self.done()

    def cancel(self) -> bool:
        """Returns `False`: what was submitted may be durable already."""
        return False

    def cancelled(self) -> bool:
        """Returns `False`."""
        return False

    def add_done_callback(self, function: Callable[[PersistFuture], Any]) -> None:
        """Calls `function(self)` once done: at once when it is, else in the log's callback thread."""
        self._log._deliveries.add(self.lsn, lambda: function(self))

    def __await__(self) -> Generator[Any, None, Receipt]:
        yield from self._log._event_loop().until(self.lsn).__await__()
        return Receipt(self.lsn, self._outcome)
