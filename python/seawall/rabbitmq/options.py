"""How a consumer behaves; the same for pika and aio-pika."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from seawall.rabbitmq.default_producer import default_producer, note_named_producer
from seawall.rabbitmq.message import Message
from seawall.write_ahead_log import WriteAheadLog

SINGLE_ACTIVE = "x-single-active-consumer"


@dataclass(frozen=True, kw_only=True)
class ConsumerOptions:
    """Options of a consumer; each is a keyword of `DurableConsumer` and its twin."""

    prefetch: int = 300
    """Deliveries that may be unacknowledged at a time, 1 to 65535. At broker speed a device flush
    of 0.3 ms covers some ten; 300 also hides a slow flush of 10 ms."""
    message_id: Callable[[Message], str | int | bytes] | None = None
    """Returns a message's id; without it, the publisher's `message_id` property."""
    producer: Callable[[Message], str | bytes] | str | bytes | None = None
    """Who numbered the ids, 0 to 4,096 bytes. Needed when several publishers count on their own.
    Without it the queue's name; "" for a log that was written before: see `default_producer`."""
    tries: int = 3
    """Calls of the handler for one delivery before the message counts as poison."""
    poison: Literal["reject", "stop"] | None = None
    """Poison is rejected to the dead-letter exchange, or stops the consumer with
    `PoisonMessageError`. Without a choice it is rejected only when `queue_arguments` name a
    dead-letter exchange: RabbitMQ drops what is rejected from a queue without one."""
    queue_arguments: Mapping[str, Any] | None = None
    """Declare the queue, durable, with these arguments; the broker refuses if it has others. None:
    the queue must exist."""
    single_active: bool = False
    """Declare the queue as one of a single active consumer; the broker refuses if it is none."""
    other_consumers: Literal["warn", "refuse", "allow"] = "warn"
    """What to do when the queue has other consumers than those of this log in this process."""
    connect_timeout_s: float = 15.0
    """How long each address has for all steps up to the first message."""
    drain_timeout_s: float = 30.0
    """How long stopping waits for records in flight. Those after it are redelivered."""
    signals: Literal["chain", "off"] = "chain"
    """Whether the first SIGTERM or SIGINT stops the consumer; whoever handled it before is called
    after that. Where "off", call `stop`."""

    def __post_init__(self) -> None:
        if not 1 <= self.prefetch <= 65535:
            raise ValueError("prefetch must be 1 to 65535")
        if self.tries < 1:
            raise ValueError("tries must be at least 1")
        if self.poison not in (None, "reject", "stop"):
            raise ValueError("poison must be 'reject', 'stop' or None")
        if self.other_consumers not in ("warn", "refuse", "allow"):
            raise ValueError("other_consumers must be 'warn', 'refuse' or 'allow'")
        if self.signals not in ("chain", "off"):
            raise ValueError("signals must be 'chain' or 'off'")
        if not self.connect_timeout_s > 0:
            raise ValueError("connect_timeout_s must be above 0")
        if self.single_active and not (self.queue_arguments or {}).get(SINGLE_ACTIVE, True):
            raise ValueError(f"single_active, but {SINGLE_ACTIVE} is false in queue_arguments")

    def for_queue(self, log: WriteAheadLog, queue: str) -> ConsumerOptions:
        """Returns them with what follows from the queue and the log."""
        if self.producer is None:
            return replace(self, producer=default_producer(log, queue))
        note_named_producer(log)
        return self

    @property
    def declared_arguments(self) -> dict[str, Any] | None:
        """The arguments to declare the queue with; None if it must exist."""
        if self.single_active:
            return {**(self.queue_arguments or {}), SINGLE_ACTIVE: True}
        return None if self.queue_arguments is None else dict(self.queue_arguments)

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
