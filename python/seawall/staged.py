"""Records that somebody else holds for the log, to be submitted before a call looks at it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from . import _native

__all__ = ["HOLDER", "Holder"]


class Holder(Protocol):
    """A consumer that submits several messages in one call, and so holds some back meanwhile."""

    @property
    def native_log(self) -> _native.Log:
        """The log that the held records are for."""

    def hand_over(self, durable: bool) -> None:
        """Submits all that is held; with `durable`, waits until it is durable. Raises why
        the log does not take it, or a `SeawallError` that says so."""


HOLDER: ContextVar[Holder | None] = ContextVar("seawall_holder", default=None)
"""The consumer whose handler runs in this context: this thread, this task and what they await, a
thread of `asyncio.to_thread`. Calls of its log hand over first, so that they see the queue's order."""
