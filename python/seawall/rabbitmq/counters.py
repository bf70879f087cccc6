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
