"""Figures of an open log."""

from __future__ import annotations

import dataclasses

__all__ = ["LogStats"]


@dataclasses.dataclass(frozen=True)
class LogStats:
    """Figures of an open log; counts since it was opened, unless said otherwise."""

    appended_lsn: int
    """Last LSN given out."""
    durable_lsn: int
    """Last durable LSN."""
    clients: int
    """Clients with a current life."""
    live_states: int
    """States held in memory."""
    live_state_bytes: int
    """Their memory."""
    tail_bytes: int
    """Log after the last checkpoint."""
    checkpoint_objects: int
    """Checkpoint objects alive."""
    checkpoint_bytes: int
    """Their size."""
    checkpoint_live_bytes: int
    """The part of it that is current."""
    checkpoint_rounds: int
    """Checkpoint rounds published."""
    checkpoint_error: str | None
    """Why the last background round failed, if it did."""
    groups: int
    """Groups committed."""
    recovered_records: int
    """Records replayed when it was opened."""
    recovery_us: int
    """How long opening took, in microseconds."""
    segments: int
    """Pieces of log in use."""
    spare_segments: int
    """Prepared pieces waiting for use."""
    log_bytes: int
    """Allocated to the log, spares included."""
    object_bytes: int
    """Allocated to checkpoint objects."""
    appended_bytes: int
    """Bytes of groups written."""
    written_bytes: int
    """Bytes written in all."""
    flushes: int
    """Flushes of the device for groups."""
