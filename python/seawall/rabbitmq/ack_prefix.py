"""Which deliveries of a channel may be acknowledged."""

from __future__ import annotations

from collections import deque


class AckPrefix:
    """A channel's unacknowledged deliveries, in order, each with the LSN that makes it durable.

    One `basic_ack(multiple=True)` covers every delivery up to its tag, so only a prefix of which all
    is durable may go. LSNs need not rise: a duplicate's may be older than its neighbours'. So each is
    kept with the highest LSN up to it, which says the same of prefixes and never falls.

    Rejected deliveries are not in it: the broker has forgotten their tags, and an acknowledgement
    that names one would close the channel. An object belongs to one channel and one thread.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, int]] = deque()
        self._last_tag = 0
        self._last_lsn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, tag: int, lsn: int) -> None:
        """Adds the newest delivery; 0 is an LSN that is always durable."""
        if tag <= self._last_tag:
            raise ValueError(f"delivery tag {tag} after {self._last_tag}")
        self._last_tag = tag
        if lsn > self._last_lsn:
            self._last_lsn = lsn
        self._waiting.append((tag, self._last_lsn))

    def lsn_of(self, count: int) -> int | None:
        """Returns the LSN that makes the first `count` deliveries durable, or all if fewer wait."""
        waiting = self._waiting
        return waiting[min(count, len(waiting)) - 1][1] if waiting else None

    def take(self, durable_lsn: int) -> tuple[int, int] | None:
        """Removes the durable prefix; returns its last tag and its length, or None if empty."""
        waiting = self._waiting
        last_tag = count = 0
        while waiting and waiting[0][1] <= durable_lsn:
            last_tag = waiting.popleft()[0]
            count += 1
        return (last_tag, count) if count else None
