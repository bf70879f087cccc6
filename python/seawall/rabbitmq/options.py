"""How a consumer behaves; the same for pika and aio-pika."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seawall.rabbitmq.message import Message


@dataclass(frozen=True, kw_only=True)
class ConsumerOptions:
    """Options of a consumer; each is a keyword of `DurableConsumer` and its twin."""

    prefetch: int = 300
    """Deliveries that may be unacknowledged at a time, 1 to 65535. At broker speed a device flush
    of 0.3 ms covers some ten; 300 also hides a slow flush of 10 ms."""
    message_id: Callable[[Message], str | int | bytes] | None = None
    """Returns a message's id; without it, the publisher's `message_id` property."""
    producer: Callable[[Message], str | bytes] | str | bytes | None = None
    """Who numbered the ids, 0 to 4,096 bytes. Needed when several publishers count on their own."""
    tries: int = 3
    """Calls of the handler for one delivery before the message counts as poison."""
    poison: Literal["reject", "stop"] | None = None
    """Poison is rejected to the dead-letter exchange, or stops the consumer with
    `PoisonMessageError`. Without a choice it is rejected only when `queue_arguments` name a
    dead-letter exchange: RabbitMQ drops what is rejected from a queue without one."""
    queue_arguments: Mapping[str, Any] | None = None
    """Declare the queue, durable, with these arguments; the broker refuses if it has others. None:
    the queue must exist."""
    drain_timeout_s: float = 30.0
    """How long stopping waits for records in flight. Those after it are redelivered."""

    def __post_init__(self) -> None:
        if not 1 <= self.prefetch <= 65535:
            raise ValueError("prefetch must be 1 to 65535")
        if self.tries < 1:
            raise ValueError("tries must be at least 1")
        if self.poison not in (None, "reject", "stop"):
            raise ValueError("poison must be 'reject', 'stop' or None")

    @property
    def dead_letter_exchange(self) -> str | None:
        """The exchange that the consumer declares as the queue's; it must exist."""
        name = (self.queue_arguments or {}).get("x-dead-letter-exchange")
        return None if name is None else str(name)

    @property
    def rejects_poison(self) -> bool:
        if self.poison is None:
            return self.dead_letter_exchange is not None
        return self.poison == "reject"
