"""What a consumer has done so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the consumer was made. Written by its thread; others may read."""

    connections: int = 0
    delivered: int = 0
    acknowledged: int = 0
    rejected: int = 0
    committed: int = 0
    """Changes (`Delta` or `Clear`) that were new, counted when submitted."""
    duplicate: int = 0
    """Changes whose id the log knows: without effect."""
    cleared: int = 0
    """Changes of a client that has ended for good: without effect."""

    def add(self, committed: int, duplicate: int, cleared: int) -> None:
        """Counts the outcomes of changes that were submitted."""
        self.committed += committed
        self.duplicate += duplicate
        self.cleared += cleared
