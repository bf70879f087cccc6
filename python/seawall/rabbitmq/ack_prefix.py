"""Which deliveries of a channel may be acknowledged."""

from __future__ import annotations

from collections import deque


class AckPrefix:
    """A channel's unacknowledged deliveries, in order, as runs that were submitted together, each with
    the LSN that makes it durable.

    One `basic_ack(multiple=True)` covers every delivery up to its tag, so only a prefix of which all
    is durable may go. LSNs need not rise: a duplicate's may be older than its neighbours'. So each is
    kept with the highest LSN up to it, which says the same of prefixes and never falls.

    Rejected deliveries are not in it: the broker has forgotten their tags, and an acknowledgement
    that names one would close the channel. An object belongs to one channel and one thread.
    """

    def __init__(self) -> None:
        self._runs: deque[tuple[int, int, int]] = deque()  # last tag, LSN, deliveries
        self._deliveries = 0
        self._last_tag = 0
        self._last_lsn = 0

    def __len__(self) -> int:
        return self._deliveries

    @property
    def last_lsn(self) -> int:
        """The LSN that makes all durable that were ever added."""
        return self._last_lsn

    def add(self, last_tag: int, lsn: int, count: int = 1) -> None:
        """Adds the `count` newest deliveries; 0 is an LSN that is always durable."""
        if last_tag < self._last_tag + count:
            raise ValueError(f"delivery tag {last_tag} after {self._last_tag}, for {count}")
        self._last_tag = last_tag
        self._last_lsn = max(self._last_lsn, lsn)
        self._deliveries += count
        self._runs.append((last_tag, self._last_lsn, count))

    def lsn_of(self, count: int) -> int | None:
        """Returns the LSN that makes the first `count` deliveries durable, or all if fewer wait."""
        lsn = None
        for _, lsn, deliveries in self._runs:
            count -= deliveries
            if count <= 0:
                break
        return lsn

    def take(self, durable_lsn: int) -> tuple[int, int] | None:
        """Removes the durable prefix; returns its last tag and its length, or None if empty."""
        runs = self._runs
        last_tag = count = 0
        while runs and runs[0][1] <= durable_lsn:
            last_tag, _, deliveries = runs.popleft()
            count += deliveries
        self._deliveries -= count
        return (last_tag, count) if count else None
