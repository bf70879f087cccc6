"""How long to wait before trying again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first_s` up to `max_s`."""

    first_s: float
    max_s: float

    def after(self, failures: int) -> float:
        """Returns the wait after the `failures`-th failure in a row, from 1, in seconds."""
        doublings = min(failures - 1, 30)  # beyond that any max_s is reached
        return min(self.first_s * 2.0**doublings, self.max_s)


LOG_BUSY = Backoff(0.002, 0.1)  # the log takes records again once a group is durable
LOG_FULL = Backoff(0.05, 5.0)  # somebody has to make space
FAILED_TRY = Backoff(0.1, 5.0)
CONNECTION_LOST = Backoff(0.2, 5.0)
