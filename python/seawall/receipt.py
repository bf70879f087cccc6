"""What became of a call."""

from __future__ import annotations

import enum
from typing import NamedTuple

__all__ = ["BatchReceipt", "Outcome", "Receipt"]


class Outcome(str, enum.Enum):
    """Every outcome is a success: acknowledge the message."""

    COMMITTED = "committed"
    """Applied, now, once."""
    DUPLICATE = "duplicate"
    """Applied earlier; nothing was written."""
    CLEARED = "cleared"
    """The client was ended with `keep_ids`; nothing was written."""


class Receipt(NamedTuple):
    """Proof of durability: everything up to `lsn` is durable, the record that first carried the id
    included. Always true, since it is always safe to acknowledge; failures raise.
    """

    lsn: int
    outcome: Outcome

    @property
    def duplicate(self) -> bool:
        """Whether the id was known already."""
        return self.outcome is Outcome.DUPLICATE


class BatchReceipt(NamedTuple):
    """What a batch did: all of it is durable at `lsn`, one outcome per operation, in order."""

    lsn: int
    outcomes: tuple[Outcome, ...]
