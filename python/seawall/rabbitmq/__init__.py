"""Consumers of RabbitMQ that cannot lose or double: `DurableConsumer` for pika.

Needs pika: `pip install seawall[rabbitmq]`. The twin for aio-pika is
`seawall.rabbitmq.async_durable_consumer.AsyncDurableConsumer` and needs `seawall[aio-pika]`; it has
a module of its own so that neither library is needed for the other.
"""

from __future__ import annotations

from seawall.rabbitmq.counters import Counters
from seawall.rabbitmq.delta import Clear, Delta, Deltas
from seawall.rabbitmq.durable_consumer import DurableConsumer
from seawall.rabbitmq.errors import (
    EarlierMessageError,
    MessageIdError,
    PoisonMessageError,
    RejectMessage,
)
from seawall.rabbitmq.message import Message
from seawall.rabbitmq.options import ConsumerOptions

__all__ = [
    "Clear",
    "ConsumerOptions",
    "Counters",
    "Delta",
    "Deltas",
    "DurableConsumer",
    "EarlierMessageError",
    "Message",
    "MessageIdError",
    "PoisonMessageError",
    "RejectMessage",
]
