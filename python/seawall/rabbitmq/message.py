"""What a handler gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Message:
    """One delivery, the same for pika and aio-pika.

    `redelivered` is the broker's hint, not a fact: after a broker crash it may be False for a
    message that was delivered before.
    """

    body: bytes
    message_id: str | None
    """The publisher's `message_id` property."""
    headers: dict[str, Any]
    routing_key: str
    redelivered: bool
    properties: Any
    """The other properties, in the client library's own type."""
    queue: str = ""
    """The queue it came from."""
    exchange: str = ""
    """The exchange it was published to; "" is the default one."""
