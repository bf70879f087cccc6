"""A message on its way through the consumer."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.rabbitmq.durable_log import Entry
from seawall.rabbitmq.message import Message


@dataclass(slots=True)
class Delivery:
    """A message as one channel delivered it. A redelivery is another object, with no tries yet."""

    tag: int
    message: Message
    entries: list[Entry] | None = None
    """What the handler made of it; kept while the log is busy, so that it is not called again."""
    failure: Exception | None = None
    """Why it could not be handled or submitted; to be judged when it is the first of all."""
    failed_tries: int = 0
    refusals: int = 0
    """How often in a row the log was busy or full."""
    not_before_s: float = 0.0
    """When to try next, on the monotonic clock."""
